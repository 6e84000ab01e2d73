import type { AssetStatePreview } from "@infill/client";
import type { CommandContext } from "../command/commandContext.ts";
import { confirmChange } from "./confirmChange.ts";
import { countOf } from "../text/numbers.ts";

/** The flags of `asset reset` and `asset remove`. */
export interface GiveUpOptions {
  readonly dryRun?: boolean | undefined;
  readonly confirm?: string | undefined;
  readonly reason?: string | undefined;
}

/** `infill asset reset`, `infill asset remove`: says what goes, asks, and gives it up. */
export async function giveUpAssetByHand(
  context: CommandContext,
  asset: string,
  change: "reset" | "remove",
  options: GiveUpOptions,
): Promise<number | undefined> {
  const { out } = context;
  const client = await context.client();
  const preview = await client.assets.previewState(asset);
  const what = whatGoes(preview);
  if (options.dryRun === true) {
    out.value(`asset_${change}_preview`, preview, () => [
      `Would delete the state of ${asset}: ${what}.`,
      ...preview.usedBy.map((id) => `Not possible now: ${id} uses it.`),
    ]);
    return undefined;
  }
  // What is in use is refused below, before anything is asked.
  const isFree = preview.usedBy.length === 0;
  const declined = !isFree
    ? undefined
    : await confirmChange(context, {
        question: `Permanently delete the state of ${asset}: ${what}?`,
        partitions: preview.materialized + preview.failed,
        name: asset,
        isDangerous: true,
        yes: false,
        confirm: options.confirm,
      });
  if (declined !== undefined) return declined;
  const by = context.by(options.reason);
  const gone =
    change === "reset"
      ? await client.assets.reset(asset, by)
      : await client.assets.remove(asset, by);
  context.warnOfRedis(client);
  out.value(change === "reset" ? "asset_reset" : "asset_removed", { ...gone, asset }, () => [
    change === "reset"
      ? `The state of ${asset} is deleted: ${whatGoes(gone)}. The next backfill registers its present definition.`
      : `Redis holds nothing of ${asset} any more; deleted: ${whatGoes(gone)}.`,
  ]);
  return undefined;
}

function whatGoes(
  state: Pick<AssetStatePreview, "materialized" | "failed" | "records" | "ledgers">,
): string {
  return [
    countOf(state.materialized, "materialized partition"),
    countOf(state.failed, "failed partition"),
    countOf(state.records, "record"),
    `the progress of ${countOf(state.ledgers, "ended backfill")}`,
  ].join(", ");
}
