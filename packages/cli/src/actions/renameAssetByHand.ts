import type { RenamePreview } from "@infill/client";
import type { CommandContext } from "../command/commandContext.ts";
import { confirmChange } from "./confirmChange.ts";
import { countOf } from "../text/numbers.ts";

/** The flags of `asset rename`. */
export interface RenameOptions {
  readonly dryRun?: boolean | undefined;
  readonly yes?: boolean | undefined;
  readonly confirm?: string | undefined;
  readonly reason?: string | undefined;
}

/** `infill asset rename`: says what moves, asks, and moves it. */
export async function renameAssetByHand(
  context: CommandContext,
  asset: string,
  newName: string,
  options: RenameOptions,
): Promise<number | undefined> {
  const { out } = context;
  const client = await context.client();
  const preview = await client.assets.previewRename(asset, newName);
  if (options.dryRun === true) {
    out.value("asset_rename_preview", preview, () => [
      `Would ${sentenceOf(preview)}.`,
      ...notesOn(preview),
      ...preview.usedBy.map(
        (id) => `Not possible now: ${id} uses it; \`infill backfill cancel ${id}\` ends it.`,
      ),
    ]);
    return undefined;
  }
  // What is in use is refused below, before anything is asked.
  if (preview.usedBy.length === 0) {
    for (const note of notesOn(preview)) out.note(note);
    const sentence = sentenceOf(preview);
    const declined = await confirmChange(context, {
      question: `${sentence.slice(0, 1).toUpperCase()}${sentence.slice(1)}?`,
      partitions: preview.materialized + preview.failed,
      name: newName,
      yes: options.yes === true,
      confirm: options.confirm,
    });
    if (declined !== undefined) return declined;
  }
  const by = context.by(options.reason);
  const moved = await client.assets.rename(asset, newName, by);
  context.warnOfRedis(client);
  out.value("asset_renamed", { ...moved, asset, newName }, () => [
    preview.stage === "back"
      ? `${asset} is called ${newName} again, as before the interrupted rename.`
      : `${asset} is called ${newName} now, with ${whatMoves(preview)}.`,
  ]);
  return undefined;
}

function sentenceOf(preview: RenamePreview): string {
  const { asset, newName, stage } = preview;
  if (stage === "back") return `undo the interrupted rename of ${newName} to ${asset}`;
  const verb = stage === "under_way" ? "continue to rename" : "rename";
  return `${verb} ${asset} to ${newName}, with ${whatMoves(preview)}`;
}

function whatMoves({ materialized, failed, records, ledgers }: RenamePreview): string {
  return [
    countOf(materialized, "materialized partition"),
    countOf(failed, "failed partition"),
    countOf(records, "record"),
    `the progress of ${countOf(ledgers, "backfill")}`,
  ].join(", ");
}

function notesOn({ asset, isInProject, stage }: RenamePreview): string[] {
  if (stage !== "new" || !isInProject) return [];
  return [`The project still has ${asset} too; it starts again with no materialized partitions.`];
}
