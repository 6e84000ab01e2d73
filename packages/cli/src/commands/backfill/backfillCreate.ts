import { Option } from "@commander-js/extra-typings";
import {
  type BackfillRequest,
  backfillRequestSchema,
  overlapPolicies,
  reprocessModes,
  requestOrigins,
  retryPolicySchema,
  settingFields,
} from "@infill/core";
import { selectionOfWords } from "../../actions/selectionOfWords.ts";
import type { DefineCommand } from "../../command/commandNode.ts";
import { withChangeOptions, withFollowOptions } from "../../options/commonOptions.ts";
import { textByAsset, wholeNumberOf } from "../../options/parsers.ts";
import { partitionsInput } from "../../actions/partitionsInput.ts";
import { settingsOf, withSettingOptions } from "../../options/settingOptions.ts";
import { submitRequest } from "../../actions/submitRequest.ts";

/** `infill backfill create <assets>` */
export const backfillCreate: DefineCommand = (command, run) => {
  const declared = command
    .argument(
      "<assets...>",
      "asset selection: sales, +sales (and all upstream), sales+2 (and two steps downstream), tag:x, *; separate several with commas or spaces",
    )
    .option(
      "--partitions <text>",
      "partition text, for each named asset; - reads standard input, @name reads a file (default: all)",
    )
    .option("--partitions-of <asset=text>", "partition text of one asset; repeatable", textByAsset)
    .option(
      "--only-named",
      "do not run unselected downstream partitions again; they keep old input",
    )
    .addOption(
      new Option(
        "--reprocess <mode>",
        "which selected partitions run: missing (never materialized), failed (also failed ones), stale (also stale ones), all",
      )
        .choices(reprocessModes)
        .default("failed" as const),
    )
    .option(
      "--window <n>",
      "jobs in Redis at once, at most (default: by the number of workers)",
      wholeNumberOf(settingFields.window),
    )
    .option(
      "--concurrency <n>",
      "partitions in progress at once, at most (default: as many as there are slots)",
      wholeNumberOf(settingFields.concurrency),
    )
    .option(
      "--max-partitions-per-run <n>",
      "partitions in one job, at most; 1: one job for each (default: by their duration)",
      wholeNumberOf(settingFields.maxPartitionsPerRun),
    )
    .option(
      "--max-attempts <n>",
      "starts of each partition in all; overrides the asset's setting",
      wholeNumberOf(retryPolicySchema.shape.maxAttempts),
    )
    .option(
      "--canary <n>",
      "run this many partitions first, spread evenly; run the rest if all of them succeed",
      wholeNumberOf(backfillRequestSchema.shape.canary),
    )
    .addOption(
      new Option(
        "--overlap <policy>",
        "if another backfill runs the same partition: share counts that execution; rerun runs it again",
      ).choices(overlapPolicies),
    )
    .addOption(
      new Option(
        "--origin <who>",
        "who submits it; all but backfill go first in the reserved share of a pool",
      ).choices(requestOrigins),
    )
    .option("--label <text>", "a name for people")
    .option(
      "--plan <hash>",
      "run exactly the preview with this hash (within an hour); if the plan has changed, say how",
    )
    .option(
      "--idempotency-key <key>",
      "equal commands with the same key create one backfill (for a day)",
    )
    .option("--wait", "watch it to its end; the exit code says how it ended")
    .option("-q, --quiet", "print only the id");
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
