import type { AssetGraph, Pool } from "@infill/core";
import {
  countSubset,
  firstOfSubset,
  type PartitionsContext,
  type PartitionsSubset,
  subsetKeys,
} from "@infill/partitions";
import type { PartitionAddress, RegisteredAsset, StateStore } from "@infill/state";
import type { PartitionStates, PoolQueues } from "@infill/planning";
import type { PartitionStatus } from "../partitions/partitionAnswers.ts";
import type { WhyPartition } from "./whyAnswers.ts";

/** What the answer is computed from. */
export interface WhyEnvironment {
  readonly store: StateStore;
  readonly graph: AssetGraph;
  readonly registered: ReadonlyMap<string, RegisteredAsset>;
  readonly pools: ReadonlyMap<string, Pool>;
  readonly states: PartitionStates;
  /** Opens the queues, if one must be read. */
  queues(): Promise<PoolQueues>;
}

/** The partition in question, with its state. */
export interface AskedPartition {
  readonly registered: RegisteredAsset;
  readonly key: string;
  readonly address: PartitionAddress;
  readonly subset: PartitionsSubset;
}

/** Most partitions of one kind that an answer names. */
export const shownPartitions = 5;
/** The first few partitions of a subset, by key. */
export function someOf(
  subset: PartitionsSubset,
  asset: string,
  context: PartitionsContext,
  status: PartitionStatus | undefined,
  most: number = shownPartitions,
): WhyPartition[] {
  if (most <= 0 || countSubset(subset) === 0) return [];
  return Array.from(subsetKeys(firstOfSubset(subset, most), context), (key) => ({
    asset,
    key,
    ...(status === undefined ? {} : { status }),
  }));
}
