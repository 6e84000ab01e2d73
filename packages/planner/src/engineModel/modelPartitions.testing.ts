import type { AnyAsset, AssetGraph } from "@infill/core";
import {
  allPartitions,
  type Coordinates,
  forEachLane,
  integers,
  type PartitionsSubset,
  partitionKeyAt,
  subsetFromCoordinates,
  upstreamOf,
} from "@infill/partitions";
import type { RegisteredAsset } from "@infill/state";
import { historyNow } from "./randomProject.testing.ts";

/** A claim entry, with the letters of `lua/claim_partitions.lua`. */
export interface ModelClaim {
  state: "R" | "W" | "L";
  session: string;
  number: number;
  /** Starts so far. */
  attempt: number;
  deaths: number;
  /** Starts that cost no try. */
  free: number;
  /** Whether a death of its session would count. */
  isStarted: boolean;
  backfill: string;
}

/**
 * One partition of one asset: its address, the partitions that it needs, and its state beyond
 * single backfills.
 */
export interface ModelPartition {
  readonly asset: string;
  readonly pool: string;
  readonly lane: string;
  readonly ordinal: number;
  readonly key: string;
  /** The partitions that it needs, computed for this key alone. */
  readonly needs: ModelPartition[];
  readonly feeds: ModelPartition[];
  claim: ModelClaim | undefined;
  /** Backfills that share another backfill's execution. */
  readonly waiters: Set<string>;
  /** `session number` of the claim in its record. */
  recordedClaim: string | undefined;
  isMaterialized: boolean;
  isFailed: boolean;
}

/**
 * Every partition of a project, by asset and by `lane:ordinal`, with its neighbors in the graph.
 */
export type ModelPartitions = ReadonlyMap<string, ReadonlyMap<string, ModelPartition>>;

/** Maps each partition alone, never a set of several. */
export function modelPartitions(
  graph: AssetGraph,
  registered: ReadonlyMap<string, RegisteredAsset>,
): ModelPartitions {
  const all = new Map<string, Map<string, ModelPartition>>();
  const coordinatesOf = new Map<ModelPartition, Coordinates>();
  for (const asset of graph.assets.values()) {
    const members = new Map<string, ModelPartition>();
    for (const coordinates of coordinatesIn(allPartitions(asset.partitions, historyNow))) {
      const partition = freshPartition(asset, registered.get(asset.name), coordinates);
      members.set(`${partition.lane}:${partition.ordinal}`, partition);
      coordinatesOf.set(partition, coordinates);
    }
    all.set(asset.name, members);
  }
  for (const [partition, coordinates] of coordinatesOf) {
    for (const edge of graph.upstreamEdges(partition.asset)) {
      const one = subsetFromCoordinates(edge.downstream, [coordinates]);
      const source = registered.get(edge.upstreamAsset);
      for (const needed of coordinatesIn(upstreamOf(edge, one, historyNow).subset)) {
        const address = source?.ordinals.addressOf(needed);
        const found = all.get(edge.upstreamAsset)?.get(`${address?.lane}:${address?.ordinal}`);
        if (found === undefined)
          throw new Error(`Bug: ${edge.upstreamAsset} lacks ${needed.join()}`);
        partition.needs.push(found);
        found.feeds.push(partition);
      }
    }
  }
  return all;
}

function freshPartition(
  asset: AnyAsset,
  registered: RegisteredAsset | undefined,
  coordinates: Coordinates,
): ModelPartition {
  if (registered === undefined) throw new Error(`Bug: ${asset.name} is not registered`);
  return {
    asset: asset.name,
    pool: asset.pool,
    ...registered.ordinals.addressOf(coordinates),
    key: partitionKeyAt(asset.partitions, coordinates, historyNow),
    needs: [],
    feeds: [],
    claim: undefined,
    waiters: new Set(),
    recordedClaim: undefined,
    isMaterialized: false,
    isFailed: false,
  };
}

function coordinatesIn(subset: PartitionsSubset): Coordinates[] {
  const found: Coordinates[] = [];
  forEachLane(subset, (lane, positions) => {
    for (const position of integers(positions)) found.push([...lane, position]);
  });
  return found;
}
