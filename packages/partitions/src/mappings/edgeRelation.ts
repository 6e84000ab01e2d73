import type { PartitionsContext } from "../context/partitionsContext.ts";
import type { AxisSet } from "../subsets/axisSet.ts";

/**
 * A compiled mapping between two definitions, for sets of coordinates. Arguments are never empty.
 */
export interface EdgeRelation {
  upstreamOf(downstream: AxisSet, context: PartitionsContext): RequiredUpstream;
  downstreamOf(upstream: AxisSet, context: PartitionsContext): AxisSet;
}

export interface RequiredUpstream {
  readonly existing: AxisSet;
  readonly nonexistent: AxisSet;
  readonly unknownKeys: readonly string[];
}
