import type { AssetGraph, ResolvedBackfillRequest } from "@infill/core";
import type { PartitionsSubset } from "@infill/partitions";
import type { RegisteredAsset, StateStore } from "@infill/state";
import type { ControlOptions } from "../schemas/controlSchemas.ts";

/** What a change of a running backfill needs. */
export interface ChangeEnvironment {
  readonly store: StateStore;
  readonly graph: AssetGraph;
  readonly registered: ReadonlyMap<string, RegisteredAsset>;
  /** Makes older projects leave a backfill to others (`ClientEnvironment`). */
  raiseVersions(id: string, by: ControlOptions): Promise<void>;
}

/** Partitions of one asset. */
export type AssetPartitions = readonly [RegisteredAsset, PartitionsSubset];

/**
 * A backfill's request with the partition text of a change instead of its own texts. The text
 * applies to each named asset that it fits; a change cannot give one asset its own text.
 */
export function requestOfText(
  request: ResolvedBackfillRequest,
  partitions: string,
): ResolvedBackfillRequest & { readonly mayLeaveOut: true } {
  return { ...request, partitions, partitionsOf: {}, mayLeaveOut: true };
}
