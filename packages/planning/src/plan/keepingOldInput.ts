import type { AssetGraph } from "@infill/core";
import {
  downstreamOf,
  emptySubset,
  intersectSubsets,
  isEmptySubset,
  type PartitionsSubset,
  subtractSubsets,
  unionSubsets,
} from "@infill/partitions";
import type { AssetPlan } from "./planBackfill.ts";
import type { PartitionStates } from "../states/partitionStates.ts";
import { restOnSelf, selfEdges } from "../states/selfReach.ts";

/**
 * The materialized partitions that rest on what a plan runs and that it does not run. They keep old
 * input, and are stale once the plan has run.
 *
 * @param isWide whether to include assets that the plan does not select
 * @returns by asset, in topological order; assets without such partitions are left out
 */
export async function keepingOldInput(
  states: PartitionStates,
  graph: AssetGraph,
  plans: readonly AssetPlan[],
  isWide: boolean,
): Promise<ReadonlyMap<string, PartitionsSubset>> {
  const { context } = states;
  const running = new Map(plans.map((plan) => [plan.registered.asset.name, plan.toRun]));
  const changed = new Map<string, PartitionsSubset>();
  const found = new Map<string, PartitionsSubset>();
  for (const name of graph.assets.keys()) {
    const toRun = running.get(name);
    if (toRun === undefined && !isWide) continue;
    const edges = graph.upstreamEdges(name);
    const feeds = edges.filter(({ upstreamAsset }) => changed.has(upstreamAsset));
    let reached = toRun ?? emptySubset(states.asset(name).asset.partitions);
    if (feeds.length === 0 && isEmptySubset(reached)) continue;
    for (const edge of feeds) {
      const source = changed.get(edge.upstreamAsset);
      if (source === undefined) continue;
      const fed = downstreamOf(edge, source, context);
      const { materialized } = await states.statusesNear(name, fed);
      reached = unionSubsets(reached, intersectSubsets(fed, materialized));
    }
    if (selfEdges(edges).length > 0)
      reached = restOnSelf(edges, reached, (await states.statuses(name)).materialized, context);
    if (isEmptySubset(reached)) continue;
    changed.set(name, reached);
    const old = toRun === undefined ? reached : subtractSubsets(reached, toRun);
    if (!isEmptySubset(old)) found.set(name, old);
  }
  return found;
}
