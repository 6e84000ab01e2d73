import type { PartitionsContext } from "../context/partitionsContext.ts";
import type { AxisSet } from "../subsets/axisSet.ts";

/** A mapping between two definitions, ready to answer about sets of coordinates. Inputs are never empty. */
export interface EdgeRelation {
  upstreamOf(downstream: AxisSet, context: PartitionsContext): RequiredUpstream;
  downstreamOf(upstream: AxisSet, context: PartitionsContext): AxisSet;
}

export interface RequiredUpstream {
  readonly existing: AxisSet;
  readonly nonexistent: AxisSet;
  readonly unknownKeys: readonly string[];
}
