import {
  type AssetGraph,
  type ReprocessMode,
  type ResolvedBackfillRequest,
  selectAssets,
} from "@infill/core";
import {
  downstreamOf,
  emptySubset,
  firstOfSubset,
  InfillError,
  isEmptySubset,
  type PartitionsContext,
  type PartitionsSubset,
  parsePartitionText,
  resolvePartitions,
  subsetKeys,
  subtractSubsets,
  unionSubsets,
  upstreamOf,
} from "@infill/partitions";
import type { RegisteredAsset, StateStore } from "@infill/state";
import { type PartitionStatuses, readStatuses, subsetOfStatus } from "./partitionStatuses.ts";

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

/**
 * Works out what a request runs. Nothing is enumerated: it is algebra on subsets.
 *
 * The partition text picks partitions of the assets without a selected upstream; those of the others follow by the
 * mappings. What runs is what the reprocess mode asks for, and whatever lies downstream of something that runs.
 *
 * @returns a plan for each selected asset, in topological order
 * @throws UnknownAssetError, AssetSelectionError, NonexistentUpstreamError; what the partition text's parser throws
 */
export async function planBackfill(
  store: StateStore,
  graph: AssetGraph,
  registered: ReadonlyMap<string, RegisteredAsset>,
  request: ResolvedBackfillRequest,
  context: PartitionsContext,
): Promise<AssetPlan[]> {
  const expression = parsePartitionText(request.partitions);
  const plans = new Map<string, AssetPlan>();
  for (const name of selectAssets(graph, request.assets)) {
    const asset = registered.get(name);
    if (asset === undefined) throw new Error(`Bug: asset "${name}" is not registered`);
    const definition = asset.asset.partitions;
    const statuses = await readStatuses(store, asset, context);
    const feeds = graph.upstreamEdges(name).flatMap((edge) => {
      const plan = edge.upstreamAsset === name ? undefined : plans.get(edge.upstreamAsset);
      return plan === undefined ? [] : [{ edge, plan }];
    });
    let selected: PartitionsSubset;
    let forced: PartitionsSubset = emptySubset(definition);
    if (feeds.length === 0) {
      selected = resolvePartitions(expression, definition, context, (word) =>
        subsetOfStatus(statuses, word),
      );
    } else {
      selected = emptySubset(definition);
      for (const { edge, plan } of feeds) {
        selected = unionSubsets(selected, downstreamOf(edge, plan.selected, context));
        forced = unionSubsets(forced, downstreamOf(edge, plan.toRun, context));
      }
    }
    const toRun = unionSubsets(
      subtractSubsets(selected, upToDate(statuses, request.reprocess, definition)),
      forced,
    );
    requireUpstream(graph, name, toRun, context);
    plans.set(name, { registered: asset, selected, toRun, missingUpstream: [] });
  }
  return Promise.all(
    Array.from(plans.values(), async (plan) => ({
      ...plan,
      missingUpstream: await missingUpstreamOf(store, graph, registered, plans, plan, context),
    })),
  );
}

async function missingUpstreamOf(
  store: StateStore,
  graph: AssetGraph,
  registered: ReadonlyMap<string, RegisteredAsset>,
  plans: ReadonlyMap<string, AssetPlan>,
  plan: AssetPlan,
  context: PartitionsContext,
): Promise<AssetPlan["missingUpstream"]> {
  const { name } = plan.registered.asset;
  const missing: { asset: string; partitions: PartitionsSubset }[] = [];
  for (const edge of graph.upstreamEdges(name)) {
    const upstream = registered.get(edge.upstreamAsset);
    if (upstream === undefined || isEmptySubset(plan.toRun)) continue;
    const { materialized } = await readStatuses(store, upstream, context);
    const needed = subtractSubsets(upstreamOf(edge, plan.toRun, context).subset, materialized);
    const running = plans.get(edge.upstreamAsset)?.toRun;
    const partitions = running === undefined ? needed : subtractSubsets(needed, running);
    if (!isEmptySubset(partitions)) missing.push({ asset: edge.upstreamAsset, partitions });
  }
  return missing;
}

/** What a reprocess mode leaves out. */
function upToDate(
  statuses: PartitionStatuses,
  mode: ReprocessMode,
  definition: PartitionStatuses["all"]["definition"],
): PartitionsSubset {
  switch (mode) {
    case "all":
      return emptySubset(definition);
    case "failed":
      return statuses.materialized;
    case "missing":
      return unionSubsets(statuses.materialized, statuses.failed);
  }
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
