import { type AssetGraph, type ResolvedBackfillRequest, selectAssets } from "@infill/core";
import {
  downstreamOf,
  emptySubset,
  firstOfSubset,
  InfillError,
  isEmptySubset,
  type PartitionsContext,
  type PartitionsSubset,
  parsePartitionText,
  subsetKeys,
  subtractSubsets,
  unionSubsets,
  upstreamOf,
} from "@infill/partitions";
import type { RegisteredAsset } from "@infill/state";
import type { PartitionStates } from "./partitionStates.ts";

/** Partitions that need upstream partitions which can never be there. */
export class NonexistentUpstreamError extends InfillError {
  readonly code = "INFILL_UPSTREAM_NONEXISTENT";
  readonly asset: string;
  readonly upstream: string;

  constructor(asset: string, upstream: string, keys: readonly string[]) {
    const shown = keys
      .slice(0, 3)
      .map((key) => `"${key}"`)
      .join(", ");
    super(
      `Partitions of "${asset}" need partitions of "${upstream}" that do not exist: ${shown}${keys.length > 3 ? " and more" : ""}. ` +
        "Select only partitions whose upstream exists, or allow this with timeWindowMapping({ allowNonexistentUpstream: true }).",
    );
    this.asset = asset;
    this.upstream = upstream;
  }
}

/** What a backfill does to one asset. */
export interface AssetPlan {
  readonly registered: RegisteredAsset;
  readonly selected: PartitionsSubset;
  readonly toRun: PartitionsSubset;
  /** Upstream partitions that what runs needs, that are not there, and that the request does not run either. */
  readonly missingUpstream: readonly {
    readonly asset: string;
    readonly partitions: PartitionsSubset;
  }[];
}

/** The part of a plan that an earlier submission under the same key has written already. */
export interface StandingPlan {
  /** The assets that may run at all. */
  readonly assets: ReadonlySet<string>;
  /** What runs of those whose ledgers stand. */
  readonly ledgers: ReadonlyMap<string, PartitionsSubset>;
}

/**
 * Works out what a request runs. Nothing is enumerated: it is algebra on subsets.
 *
 * The partition text picks partitions of the assets without a selected upstream; those of the others follow by the
 * mappings. What runs is what the reprocess mode asks for, and whatever lies downstream of something that runs.
 *
 * @param standing what a submission under the same idempotency key has fixed already; the rest follows from it
 * @returns a plan for each selected asset, in topological order
 * @throws UnknownAssetError, AssetSelectionError, NonexistentUpstreamError; what the partition text's parser throws
 */
export async function planBackfill(
  states: PartitionStates,
  graph: AssetGraph,
  request: ResolvedBackfillRequest,
  standing?: StandingPlan,
): Promise<AssetPlan[]> {
  const { context } = states;
  const expression = parsePartitionText(request.partitions);
  const plans = new Map<string, AssetPlan>();
  for (const name of selectAssets(graph, request.assets)) {
    const registered = states.asset(name);
    const definition = registered.asset.partitions;
    const feeds = graph.upstreamEdges(name).flatMap((edge) => {
      const plan = edge.upstreamAsset === name ? undefined : plans.get(edge.upstreamAsset);
      return plan === undefined ? [] : [{ edge, plan }];
    });
    let selected: PartitionsSubset;
    let forced: PartitionsSubset = emptySubset(definition);
    if (feeds.length === 0) {
      selected = await states.select(name, expression);
    } else {
      selected = emptySubset(definition);
      for (const { edge, plan } of feeds) {
        selected = unionSubsets(selected, downstreamOf(edge, plan.selected, context));
        forced = unionSubsets(forced, downstreamOf(edge, plan.toRun, context));
      }
    }
    const upToDate = await states.upToDate(name, request.reprocess);
    const wanted = unionSubsets(subtractSubsets(selected, upToDate), forced);
    const mayRun = standing === undefined || standing.assets.has(name);
    const toRun = standing?.ledgers.get(name) ?? (mayRun ? wanted : emptySubset(definition));
    requireUpstream(graph, name, toRun, context);
    plans.set(name, { registered, selected, toRun, missingUpstream: [] });
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
  const missing: { asset: string; partitions: PartitionsSubset }[] = [];
  for (const edge of graph.upstreamEdges(name)) {
    if (isEmptySubset(plan.toRun)) continue;
    const { materialized } = await states.statuses(edge.upstreamAsset);
    const needed = subtractSubsets(
      upstreamOf(edge, plan.toRun, states.context).subset,
      materialized,
    );
    const running = plans.get(edge.upstreamAsset)?.toRun;
    const partitions = running === undefined ? needed : subtractSubsets(needed, running);
    if (!isEmptySubset(partitions)) missing.push({ asset: edge.upstreamAsset, partitions });
  }
  return missing;
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
    if (keys.length > 0) throw new NonexistentUpstreamError(name, edge.upstreamAsset, keys);
  }
}
