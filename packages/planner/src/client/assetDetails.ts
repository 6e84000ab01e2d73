import {
  countSubset,
  describeDefinition,
  firstPartition,
  lastPartition,
  partitionKeyAt,
  type PartitionsContext,
} from "@infill/partitions";
import { type AssetGraph, describeMapping } from "@infill/core";
import type { RegisteredAsset, StateStore } from "@infill/state";
import { capUseOfAsset } from "./capUse.ts";
import type { AssetDetail, AssetSummary } from "./assetAnswers.ts";
import type { StatusCounts } from "./partitionAnswers.ts";
import { type PartitionStatuses, readStatuses } from "./partitionStatuses.ts";

export function countStatuses(statuses: PartitionStatuses): StatusCounts {
  return {
    total: countSubset(statuses.all),
    missing: countSubset(statuses.missing),
    inProgress: countSubset(statuses.in_progress),
    materialized: countSubset(statuses.materialized),
    failed: countSubset(statuses.failed),
  };
}

export async function summarizeAsset(
  store: StateStore,
  registered: RegisteredAsset,
  context: PartitionsContext,
): Promise<AssetSummary> {
  const { asset } = registered;
  return {
    name: asset.name,
    description: asset.description,
    partitions: describeDefinition(asset.partitions),
    pool: asset.pool,
    counts: countStatuses(await readStatuses(store, registered, context)),
  };
}

export async function describeAsset(
  store: StateStore,
  graph: AssetGraph,
  registered: RegisteredAsset,
  context: PartitionsContext,
): Promise<AssetDetail> {
  const { asset, fingerprint } = registered;
  const { partitions } = asset;
  const first = firstPartition(partitions, context);
  const last = lastPartition(partitions, context);
  return {
    ...(await summarizeAsset(store, registered, context)),
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
