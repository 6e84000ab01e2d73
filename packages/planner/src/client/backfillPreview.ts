import type { ResolvedBackfillRequest } from "@infill/core";
import { countSubset, type PartitionsContext } from "@infill/partitions";
import type { RegisteredWorker } from "@infill/state";
import { slotsOf } from "../windowSize.ts";
import type { BackfillPreview } from "./client.ts";
import { spanOf } from "./partitionDetails.ts";
import type { AssetPlan } from "./planBackfill.ts";

/**
 * What a plan says to whoever has to approve it.
 *
 * @param workers those that are alive
 */
export function previewOf(
  plans: readonly AssetPlan[],
  request: ResolvedBackfillRequest,
  workers: readonly RegisteredWorker[],
  context: PartitionsContext,
): BackfillPreview {
  const assets = plans.map(({ registered, selected, toRun }) => {
    const { keys, ...span } = spanOf(toRun, context);
    const asked = Math.max(countSubset(selected), keys);
    const { name, pool } = registered.asset;
    return { asset: name, selected: asked, upToDate: asked - keys, toRun: keys, pool, ...span };
  });
  const pools = new Set(assets.filter(({ toRun }) => toRun > 0).map(({ pool }) => pool));
  const idle = [...pools].filter((pool) => slotsOf(workers, pool) === 0);
  return {
    request,
    assets,
    toRun: assets.reduce((sum, { toRun }) => sum + toRun, 0),
    slots: [...pools].reduce((sum, pool) => sum + slotsOf(workers, pool), 0),
    warnings: [
      ...plans.flatMap((plan) => upstreamWarnings(plan, context)),
      ...idle.map(
        (pool) => `No worker serves pool "${pool}" now: its partitions wait until one starts.`,
      ),
    ],
  };
}

function upstreamWarnings(
  { registered, missingUpstream }: AssetPlan,
  context: PartitionsContext,
): string[] {
  return missingUpstream.map(({ asset, partitions }) => {
    const { keys, firstKey, lastKey } = spanOf(partitions, context);
    const which =
      keys === 1 ? `partition ${firstKey}` : `${keys} partitions, ${firstKey} to ${lastKey},`;
    return (
      `"${registered.asset.name}" reads "${asset}", of which ${which} ${keys === 1 ? "is" : "are"} not materialized ` +
      `and not in this backfill. Add "+" before the asset's name to run them first.`
    );
  });
}
