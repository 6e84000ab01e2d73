import type { BackfillRequest } from "@infill/core";
import type { BackfillPreview, CreatedBackfill, InfillClient } from "@infill/client";
import type { CommandContext } from "../command/commandContext.ts";
import { followOptionsOf } from "../options/commonOptions.ts";
import { confirmChange } from "./confirmChange.ts";
import { followBackfill } from "./followBackfill.ts";
import { countOf, countText } from "../text/numbers.ts";
import { planLine, previewLines } from "../render/previewLines.ts";
import { previewWarnings, warningLines } from "../text/warningLines.ts";

/** The flags of a command that submits a backfill. */
export interface SubmitOptions {
  readonly plan?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly wait?: true | undefined;
  readonly quiet?: true | undefined;
  readonly dryRun?: true | undefined;
  readonly yes?: true | undefined;
  readonly confirm?: string | undefined;
  readonly timeout?: number | undefined;
  readonly interval?: number | undefined;
}

/**
 * Previews a request, asks where somebody can be asked, submits it, and watches it, all as the flags say.
 *
 * @returns the exit code, where it is not 0
 */
export async function submitRequest(
  context: CommandContext,
  client: InfillClient,
  request: BackfillRequest,
  options: SubmitOptions,
): Promise<number | undefined> {
  context.refuse(
    options.dryRun === true && options.wait === true,
    "--dry-run submits nothing that --wait could watch.",
  );
  context.refuse(
    options.dryRun === true && options.plan !== undefined,
    "--dry-run makes a plan, and --plan submits one.",
  );
  if (options.dryRun === true) {
    printPreview(context, await client.backfills.preview(request), options.quiet);
    return undefined;
  }
  let planHash = options.plan;
  // Without anybody to ask, the plan is made once, by the call that submits it.
  if (context.io.isInteractive) {
    const preview = await client.backfills.preview(request);
    const declined = await confirmSubmit(context, preview, request.assets, options);
    if (declined !== undefined) return declined;
    // What was shown is what was agreed to. Under an idempotency key commands have to be equal whenever they come.
    const wasShown = options.yes !== true && options.confirm === undefined;
    if (wasShown && options.idempotencyKey === undefined) planHash ??= preview.planHash;
  } else if (options.confirm !== undefined) {
    await confirmSubmit(context, undefined, request.assets, options);
  }
  const created = await client.backfills.create({
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
}

async function confirmSubmit(
  context: CommandContext,
  preview: BackfillPreview | undefined,
  assets: string,
  options: { readonly yes?: true | undefined; readonly confirm?: string | undefined },
): Promise<number | undefined> {
  const partitions = preview?.toRun ?? 0;
  if (preview !== undefined && partitions === 0) return undefined;
  if (preview !== undefined && options.yes !== true && options.confirm === undefined) {
    const { out, shared } = context;
    for (const line of previewLines(preview, out.noteTheme, out.width, shared.verbose))
      out.note(line);
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
  { out, shared }: CommandContext,
  preview: BackfillPreview,
  quiet: boolean | undefined,
): void {
  if (quiet === true) out.lines([String(preview.toRun)]);
  else
    out.value("backfill_preview", preview, () => [
      ...previewLines(preview, out.theme, out.width, shared.verbose),
      ...planLine(preview),
    ]);
}

function printCreated(
  { out, shared }: CommandContext,
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
  for (const text of warningLines(previewWarnings(preview), shared.verbose)) out.warn(text);
  if (id === undefined) {
    out.lines([nothingToRun(preview)]);
    return;
  }
  out.lines([`Backfill ${id} submitted: ${countOf(preview.toRun, "partition")}.`]);
  out.note(`Watch it: infill backfill watch ${id}`);
}

/** The partitions that each mode leaves out, for a request that runs none. */
const leftOut = {
  missing: "materialized or failed",
  failed: "materialized",
  stale: "materialized and not stale",
  all: "up to date",
} as const;

/** Why a request runs nothing, and how to run its partitions again. */
function nothingToRun({ assets, request: { reprocess } }: BackfillPreview): string {
  const selected = assets.reduce((sum, asset) => sum + asset.selected, 0);
  if (selected === 0) return "Nothing to run: the request selects no partition.";
  const [subject, them] =
    selected === 1
      ? ["the selected partition is", "it"]
      : [`all ${countText(selected)} selected partitions are`, "them"];
  return `Nothing to run: ${subject} ${leftOut[reprocess]}. --reprocess all runs ${them} again.`;
}
