import type { PartitionsContext } from "../context/partitionsContext.ts";
import type { IntegerSet } from "../integers/integerSet.ts";

/** A compiled mapping between two axes, for sets of coordinates. Arguments are never empty. */
export interface AxisRelation {
  upstreamOf(downstream: IntegerSet, context: PartitionsContext): RequiredCoordinates;
  downstreamOf(upstream: IntegerSet, context: PartitionsContext): IntegerSet;
}

export interface RequiredCoordinates {
  readonly existing: IntegerSet;
  readonly nonexistent: IntegerSet;
  readonly unknownKeys: readonly string[];
}
