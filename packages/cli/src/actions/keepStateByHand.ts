import type { CommandContext } from "../command/commandContext.ts";
import { confirmChange } from "./confirmChange.ts";
import type { GiveUpOptions } from "./giveUpAssetByHand.ts";
import { countOf } from "../text/numbers.ts";

/** `infill asset reset --keep`: says what is kept and what goes, asks, and moves it to the present definition. */
export async function keepStateByHand(
  context: CommandContext,
  asset: string,
  options: GiveUpOptions,
): Promise<number | undefined> {
  const { out } = context;
  const client = await context.client();
  const preview = await client.assets.previewKept(asset);
  const { materialized, failed, dropped, added, usedBy, isUnderWay } = preview;
  const kept = `${countOf(materialized, "materialized partition")} and ${countOf(failed, "failed partition")}`;
  const lost = `${countOf(dropped, "partition")} that the present definition does not have, and the progress of ended backfills`;
  const news =
    added === 0
      ? []
      : [
          `${countOf(added, "partition")} of the present definition ${added === 1 ? "is" : "are"} new and will be missing.`,
        ];
  if (options.dryRun === true) {
    out.value("asset_keep_preview", preview, () => [
      isUnderWay
        ? `Would continue to move the state of ${asset} to its present definition.`
        : `Would keep ${kept} of ${asset}. Would delete ${lost}.`,
      ...news,
      ...usedBy.map(
        (id) => `Not possible now: ${id} uses it; \`infill backfill cancel ${id}\` ends it.`,
      ),
    ]);
    return undefined;
  }
  if (usedBy.length === 0 && context.io.isInteractive) for (const line of news) out.note(line);
  // What is in use is refused below, before anything is asked.
  const declined =
    usedBy.length > 0
      ? undefined
      : await confirmChange(context, {
          question: isUnderWay
            ? `Continue to move the state of ${asset} to its present definition?`
            : `Keep ${kept} of ${asset}, and permanently delete ${lost}?`,
          partitions: materialized + failed + dropped,
          name: asset,
          isDangerous: true,
          yes: false,
          confirm: options.confirm,
        });
  if (declined !== undefined) return declined;
  const by = context.by(options.reason);
  const done = await client.assets.keep(asset, by);
  context.warnOfRedis(client);
  out.value("asset_kept", { ...done, asset }, () => [
    isUnderWay
      ? `${asset} has its present definition now.`
      : `${asset} has its present definition now. It kept ${kept} and lost ${countOf(dropped, "partition")}.`,
  ]);
  return undefined;
}
