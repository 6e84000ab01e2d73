import { Option } from "@commander-js/extra-typings";
import {
  type BackfillRequest,
  overlapPolicies,
  reprocessModes,
  requestOrigins,
} from "@infill/core";
import { selectionOfWords } from "../../actions/assetWords.ts";
import type { DefineCommand } from "../../command/commandNode.ts";
import { withChangeOptions, withFollowOptions } from "../../options/commonOptions.ts";
import { textByAsset, wholeNumber } from "../../options/parsers.ts";
import { partitionsInput } from "../../actions/partitionsInput.ts";
import { settingsOf, withSettingOptions } from "../../options/settingOptions.ts";
import { submitRequest } from "../../actions/submitRequest.ts";

/** `infill backfill create <assets>` */
export const backfillCreate: DefineCommand = (command, run) => {
  const declared = command
    .argument(
      "<assets...>",
      "asset selection: sales, +sales (and what it needs), sales+2 (and two steps downstream), tag:x, *; several with commas or spaces",
    )
    .option(
      "--partitions <text>",
      "partition text, for each asset that is named; - reads standard input, @file a file (all unless given)",
    )
    .option(
      "--partitions-of <asset=text>",
      "partition text of one asset; may be repeated",
      textByAsset,
    )
    .option(
      "--only-named",
      "leave out what was made before from what runs and is not selected: it keeps old input",
    )
    .addOption(
      new Option(
        "--reprocess <mode>",
        "missing: never materialized; failed: these and failed ones; stale: these and stale ones; all",
      )
        .choices(reprocessModes)
        .default("failed" as const),
    )
    .option(
      "--window <n>",
      "most jobs in Redis at once (sized from the workers unless given)",
      wholeNumber(1, 100_000),
    )
    .option(
      "--concurrency <n>",
      "most partitions in progress at once (as many as there are slots unless given)",
      wholeNumber(1, 1_000_000),
    )
    .option(
      "--max-partitions-per-run <n>",
      "most partitions that one job covers; 1: a job for each (as quick as they are unless given)",
      wholeNumber(1, 1_000),
    )
    .option(
      "--max-attempts <n>",
      "starts of a partition in all, whatever its asset says",
      wholeNumber(1, 100),
    )
    .option(
      "--canary <n>",
      "run so many partitions first, spread out; the rest follows when all have succeeded",
      wholeNumber(1, 10_000),
    )
    .addOption(
      new Option(
        "--overlap <policy>",
        "a partition that another backfill runs just then: share: that run counts; rerun: it runs again",
      ).choices(overlapPolicies),
    )
    .addOption(
      new Option(
        "--origin <who>",
        "who asks; all but backfill go first in the reserved share of a pool",
      ).choices(requestOrigins),
    )
    .option("--label <text>", "a name for people")
    .option(
      "--plan <hash>",
      "run what a preview with this hash showed, or say what changed (within an hour)",
    )
    .option(
      "--idempotency-key <key>",
      "equal commands with the same key make one backfill (for a day)",
    )
    .option("--wait", "watch it to its end; the exit code says how it ended")
    .option("-q, --quiet", "print the id only");
  withFollowOptions(withChangeOptions(withSettingOptions(declared))).action((assets, options) =>
    run(async (context) => {
      const partitions = await partitionsInput(options.partitions, context.io);
      const request: BackfillRequest = {
        assets: selectionOfWords(assets),
        reprocess: options.reprocess,
        ...settingsOf(options),
        actor: context.actor,
        ...(partitions === undefined ? {} : { partitions }),
        ...(options.partitionsOf === undefined ? {} : { partitionsOf: options.partitionsOf }),
        ...(options.onlyNamed === undefined ? {} : { propagate: false }),
        ...(options.canary === undefined ? {} : { canary: options.canary }),
        ...(options.overlap === undefined ? {} : { overlap: options.overlap }),
        ...(options.origin === undefined ? {} : { origin: options.origin }),
        ...(options.window === undefined ? {} : { window: options.window }),
        ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
        ...(options.maxPartitionsPerRun === undefined
          ? {}
          : { maxPartitionsPerRun: options.maxPartitionsPerRun }),
        ...(options.maxAttempts === undefined
          ? {}
          : { retry: { maxAttempts: options.maxAttempts } }),
        ...(options.label === undefined ? {} : { label: options.label }),
        ...(options.reason === undefined ? {} : { reason: options.reason }),
      };
      const client = await context.client();
      return submitRequest(context, client, request, options);
    }),
  );
};
