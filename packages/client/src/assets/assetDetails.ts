import {
  allPartitions,
  countSubset,
  describeDefinition,
  firstPartition,
  type InfillError,
  lastPartition,
  partitionKeyAt,
  type PartitionsContext,
} from "@infill/partitions";
import { type AnyAsset, type AssetGraph, describeMapping } from "@infill/core";
import type { StateStore } from "@infill/state";
import { staleLookedAt } from "../schemas/assetSchemas.ts";
import { capUseOfAsset } from "./capUse.ts";
import type { AssetDetail, AssetSummary } from "./assetAnswers.ts";
import type { StatusCounts } from "../partitions/partitionAnswers.ts";
import type { PartitionStates, PartitionStatuses } from "@infill/planning";

export function countStatuses(statuses: PartitionStatuses): StatusCounts {
  return {
    total: countSubset(statuses.all),
    missing: countSubset(statuses.missing),
    inProgress: countSubset(statuses.in_progress),
    materialized: countSubset(statuses.materialized),
    failed: countSubset(statuses.failed),
  };
}

/**
 * All assets, in the order of the project.
 *
 * @param lookWithin most materialized partitions of all assets together for which staleness is
 *   counted: their records are read
 */
export async function summarizeAssets(
  states: PartitionStates,
  names: readonly string[],
  lookWithin: number,
): Promise<AssetSummary[]> {
  const summaries = await Promise.all(names.map((name) => summarizeAsset(states, name)));
  const stale = await states.countStale(names, lookWithin);
  if (stale === undefined) return summaries;
  return summaries.map((summary) => ({ ...summary, stale: stale.get(summary.name) ?? 0 }));
}

async function summarizeAsset(states: PartitionStates, name: string): Promise<AssetSummary> {
  const { asset } = states.asset(name);
  return {
    name: asset.name,
    description: asset.description,
    partitions: describeDefinition(asset.partitions),
    pool: asset.pool,
    counts: countStatuses(await states.statuses(name)),
  };
}

/** An asset whose state does not fit its definition, as a list shows it. */
export function summarizeUnfit(
  asset: AnyAsset,
  problem: InfillError,
  context: PartitionsContext,
): AssetSummary {
  const total = countSubset(allPartitions(asset.partitions, context));
  return {
    name: asset.name,
    description: asset.description,
    partitions: describeDefinition(asset.partitions),
    pool: asset.pool,
    counts: { total, missing: 0, inProgress: 0, materialized: 0, failed: 0 },
    problem: problem.message,
  };
}

export async function describeAsset(
  store: StateStore,
  graph: AssetGraph,
  states: PartitionStates,
  name: string,
): Promise<AssetDetail> {
  const registered = states.asset(name);
  const { asset, fingerprint } = registered;
  const { partitions } = asset;
  const { context } = states;
  const [summary] = await summarizeAssets(states, [name], staleLookedAt);
  if (summary === undefined) throw new Error("Bug: no summary of an asset");
  const first = firstPartition(partitions, context);
  const last = lastPartition(partitions, context);
  return {
    ...summary,
    ...(await capUseOfAsset(store, registered, context)),
    fingerprint,
    codeVersion: asset.codeVersion,
    tags: asset.tags,
    ...(first === undefined ? {} : { firstKey: partitionKeyAt(partitions, first, context) }),
    ...(last === undefined ? {} : { lastKey: partitionKeyAt(partitions, last, context) }),
    upstream: graph.upstreamEdges(asset.name).map((edge) => ({
      asset: edge.upstreamAsset,
      mapping: describeMapping(edge.mapping),
    })),
    downstream: graph.downstreamEdges(asset.name).map((edge) => ({
      asset: edge.downstreamAsset,
      mapping: describeMapping(edge.mapping),
    })),
  };
}
