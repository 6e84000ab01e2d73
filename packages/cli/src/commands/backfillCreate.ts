import { Option } from "@commander-js/extra-typings";
import { type BackfillRequest, backfillOrders, reprocessModes } from "@infill/core";
import type { BackfillPreview, CreatedBackfill } from "@infill/planner";
import type { CommandContext } from "../commandContext.ts";
import type { DefineCommand } from "../commandNode.ts";
import { followOptionsOf, withChangeOptions, withFollowOptions } from "../commonOptions.ts";
import { confirmChange } from "../confirm.ts";
import { followBackfill } from "../followBackfill.ts";
import { wholeNumber } from "../parsers.ts";
import { partitionsInput } from "../partitionsInput.ts";
import { countOf } from "../render/numbers.ts";
import { planLine, previewLines } from "../render/preview.ts";

/** `infill backfill create <assets>` */
export const backfillCreate: DefineCommand = (command, run) => {
  const declared = command
    .argument(
      "<assets>",
      "asset selection: sales, +sales (and upstream), sales+2 (and two steps downstream), tag:x, *",
    )
    .option(
      "--partitions <text>",
      "partition text; - reads standard input, @file a file (all unless given)",
    )
    .addOption(
      new Option(
        "--reprocess <mode>",
        "missing: never materialized; failed: these and failed ones; stale: these and stale ones; all",
      )
        .choices(reprocessModes)
        .default("failed" as const),
    )
    .addOption(
      new Option("--order <order>", "which start first")
        .choices(backfillOrders)
        .default("oldest" as const),
    )
    .option(
      "--priority <n>",
      "higher starts first where backfills compete (-100 to 100)",
      wholeNumber(-100, 100),
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
  withFollowOptions(withChangeOptions(declared)).action((assets, options) =>
    run(async (context) => {
      context.refuse(
        options.dryRun === true && options.wait === true,
        "--dry-run submits nothing that --wait could watch.",
      );
      const partitions = await partitionsInput(options.partitions, context.io);
      const request: BackfillRequest = {
        assets,
        reprocess: options.reprocess,
        order: options.order,
        actor: context.actor,
        ...(partitions === undefined ? {} : { partitions }),
        ...(options.priority === undefined ? {} : { priority: options.priority }),
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
      if (options.dryRun === true) {
        printPreview(context, await client.previewBackfill(request), options.quiet);
        return undefined;
      }
      let planHash = options.plan;
      // Without anybody to ask, the plan is made once, by the call that submits it.
      if (context.io.isInteractive) {
        const preview = await client.previewBackfill(request);
        const declined = await confirmCreate(context, preview, assets, options);
        if (declined !== undefined) return declined;
        // What was shown is what was agreed to. Under an idempotency key commands have to be equal whenever they come.
        const wasShown = options.yes !== true && options.confirm === undefined;
        if (wasShown && options.idempotencyKey === undefined) planHash ??= preview.planHash;
      } else if (options.confirm !== undefined) {
        await confirmCreate(context, undefined, assets, options);
      }
      const created = await client.createBackfill({
        ...request,
        ...(planHash === undefined ? {} : { planHash }),
        ...(options.idempotencyKey === undefined ? {} : { idempotencyKey: options.idempotencyKey }),
      });
      context.warnOfRedis(client);
      printCreated(context, created, options.quiet);
      if (created.id === undefined || options.wait !== true) return undefined;
      return followBackfill(context, client, created.id, {
        ...followOptionsOf(options),
        quiet: options.quiet === true,
      });
    }),
  );
};

async function confirmCreate(
  context: CommandContext,
  preview: BackfillPreview | undefined,
  assets: string,
  options: { readonly yes?: true | undefined; readonly confirm?: string | undefined },
): Promise<number | undefined> {
  const partitions = preview?.toRun ?? 0;
  if (preview !== undefined && partitions === 0) return undefined;
  if (preview !== undefined && options.yes !== true && options.confirm === undefined) {
    for (const line of previewLines(preview, context.out.noteTheme, context.out.width)) {
      context.out.note(line);
    }
  }
  return confirmChange(context, {
    question: `Run ${countOf(partitions, "partition")}?`,
    partitions,
    name: assets,
    yes: options.yes === true,
    confirm: options.confirm,
  });
}

function printPreview(
  { out }: CommandContext,
  preview: BackfillPreview,
  quiet: boolean | undefined,
): void {
  if (quiet === true) out.lines([String(preview.toRun)]);
  else
    out.value("backfill_preview", preview, () => [
      ...previewLines(preview, out.theme, out.width),
      ...planLine(preview),
    ]);
}

function printCreated(
  { out }: CommandContext,
  created: CreatedBackfill,
  quiet: boolean | undefined,
): void {
  const { id, preview } = created;
  if (quiet === true) {
    if (id !== undefined) out.lines([id]);
    return;
  }
  if (out.isJson) {
    out.object("backfill_created", { id: id ?? null, preview });
    return;
  }
  for (const text of preview.warnings) out.warn(text);
  if (id === undefined) {
    out.lines(["Nothing to run: every selected partition is up to date."]);
    return;
  }
  out.lines([`Backfill ${id} submitted: ${countOf(preview.toRun, "partition")}.`]);
  out.note(`Watch it: infill backfill watch ${id}`);
}
