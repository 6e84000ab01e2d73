import type { AssetGraph, ResolvedBackfillRequest } from "@infill/core";
import {
  countSubset,
  downstreamOf,
  emptySubset,
  firstOfSubset,
  intersectSubsets,
  isEmptySubset,
  type PartitionsContext,
  type PartitionsSubset,
  subsetKeys,
  subtractSubsets,
  unionSubsets,
  upstreamOf,
} from "@infill/partitions";
import type { RegisteredAsset } from "@infill/state";
import { NonexistentUpstreamError } from "./nonexistentUpstreamError.ts";
import { nothingKnown } from "../states/partitionStatuses.ts";
import type { PartitionStates } from "../states/partitionStates.ts";
import type { SelectionRequest } from "../selection/bindText.ts";
import { type SelectedPartitions, selectPartitions } from "../selection/selectPartitions.ts";
import { restOnSelf, selfEdges } from "../states/selfReach.ts";

/** What a backfill would run of one asset. */
export interface AssetPlan extends Omit<SelectedPartitions, "subset"> {
  readonly registered: RegisteredAsset;
  readonly selected: PartitionsSubset;
  readonly toRun: PartitionsSubset;
  /**
   * Upstream partitions that the plan reads, that are not materialized, and that the request does
   * not run.
   */
  readonly missingUpstream: readonly MissingUpstream[];
}

/** Partitions of one upstream asset that are read and not materialized. */
export interface MissingUpstream {
  readonly asset: string;
  readonly partitions: PartitionsSubset;
  /** How many of them another backfill is running. */
  readonly inProgress: number;
  /** Whether all of them are selected, have failed, and are left out by `--reprocess missing`. */
  readonly isFailedOnly: boolean;
}

/** The part of a plan that an earlier submission with the same key has written. */
export interface StandingPlan {
  /** The assets that may run at all. */
  readonly assets: ReadonlySet<string>;
  /** By asset, the partitions of ledgers that exist. */
  readonly ledgers: ReadonlyMap<string, PartitionsSubset>;
}

/**
 * Computes what a request runs, by set operations on subsets, without listing partitions.
 *
 * A selected partition runs if the reprocess mode asks for it, or if it reads a partition that
 * runs. If the request propagates, so does every materialized partition that rests on one that
 * runs. A self-dependency is an edge like any other.
 *
 * @param standing what a submission with the same idempotency key has fixed; the rest is computed
 *   from it
 * @returns a plan for each selected asset, in topological order
 * @throws NonexistentUpstreamError; the errors of `selectPartitions`
 */
export async function planBackfill(
  states: PartitionStates,
  graph: AssetGraph,
  request: ResolvedBackfillRequest & Pick<SelectionRequest, "mayLeaveOut">,
  standing?: StandingPlan,
): Promise<AssetPlan[]> {
  const { context } = states;
  const plans = new Map<string, AssetPlan>();
  const selection = await selectPartitions(states, graph, request);
  /** The statuses that the plan of an asset needs: what it may run because it reads something that runs is anywhere. */
  const statusesFor = (name: string, { subset, propagates }: SelectedPartitions) =>
    request.propagate && propagates && graph.upstreamEdges(name).length > 0
      ? states.statuses(name)
      : states.statusesNear(name, subset);
  // All at once: one after the other, each would wait for a round trip.
  await Promise.all(Array.from(selection, ([name, selected]) => statusesFor(name, selected)));
  for (const [name, selectedPartitions] of selection) {
    const { subset: selected, ...how } = selectedPartitions;
    const registered = states.asset(name);
    const definition = registered.asset.partitions;
    const edges = graph.upstreamEdges(name);
    const { all, missing } = await statusesFor(name, selectedPartitions);
    let madeBefore: PartitionsSubset | undefined;
    /**
     * Where partitions may run because they read one that runs: by default not those that were
     * never made.
     */
    const within = (isPropagated: boolean): PartitionsSubset => {
      if (!isPropagated || !request.propagate || !how.propagates) return selected;
      madeBefore ??= unionSubsets(selected, subtractSubsets(all, missing));
      return madeBefore;
    };
    const upToDate = await states.upToDate(name, request.reprocess, selected);
    let wanted = subtractSubsets(selected, upToDate);
    for (const edge of edges) {
      const plan = edge.upstreamAsset === name ? undefined : plans.get(edge.upstreamAsset);
      if (plan === undefined) continue;
      const fed = downstreamOf(edge, plan.toRun, context);
      wanted = unionSubsets(wanted, intersectSubsets(fed, within(plan.propagates)));
    }
    if (selfEdges(edges).length > 0) wanted = restOnSelf(edges, wanted, within(true), context);
    const mayRun = standing === undefined || standing.assets.has(name);
    const toRun = standing?.ledgers.get(name) ?? (mayRun ? wanted : emptySubset(definition));
    requireUpstream(graph, name, toRun, context);
    plans.set(name, {
      registered,
      selected,
      toRun,
      ...how,
      missingUpstream: [],
    });
  }
  return Promise.all(
    Array.from(plans.values(), async (plan) => ({
      ...plan,
      missingUpstream: await missingUpstreamOf(states, graph, plans, plan),
    })),
  );
}

async function missingUpstreamOf(
  states: PartitionStates,
  graph: AssetGraph,
  plans: ReadonlyMap<string, AssetPlan>,
  plan: AssetPlan,
): Promise<AssetPlan["missingUpstream"]> {
  const { name } = plan.registered.asset;
  const found: MissingUpstream[] = [];
  for (const edge of graph.upstreamEdges(name)) {
    if (isEmptySubset(plan.toRun)) continue;
    const all = upstreamOf(edge, plan.toRun, states.context).subset;
    // Nothing counts as materialized in an asset whose state does not fit.
    const statuses = states.fits(edge.upstreamAsset)
      ? await states.statusesNear(edge.upstreamAsset, all)
      : nothingKnown(all);
    const needed = subtractSubsets(all, statuses.materialized);
    const feed = plans.get(edge.upstreamAsset);
    const partitions = feed === undefined ? needed : subtractSubsets(needed, feed.toRun);
    if (isEmptySubset(partitions)) continue;
    const leftOut =
      feed === undefined
        ? undefined
        : subtractSubsets(partitions, intersectSubsets(feed.selected, statuses.failed));
    found.push({
      asset: edge.upstreamAsset,
      partitions,
      inProgress: countSubset(intersectSubsets(partitions, statuses.in_progress)),
      isFailedOnly: leftOut !== undefined && isEmptySubset(leftOut),
    });
  }
  return found;
}

function requireUpstream(
  graph: AssetGraph,
  name: string,
  toRun: PartitionsSubset,
  context: PartitionsContext,
): void {
  if (isEmptySubset(toRun)) return;
  for (const edge of graph.upstreamEdges(name)) {
    const { nonexistent, unknownKeys } = upstreamOf(edge, toRun, context);
    const keys = [...unknownKeys, ...subsetKeys(firstOfSubset(nonexistent, 4), context)];
    if (keys.length > 0) throw new NonexistentUpstreamError(edge, keys, unknownKeys);
  }
}
