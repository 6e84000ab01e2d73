import type { PartitionsContext } from "../context/partitionsContext.ts";
import type { AxisDefinition } from "../definitions/partitionsDefinition.ts";
import type { IntegerSet } from "../integers/integerSet.ts";
import { allAxisRelation, lastAxisRelation, specificAxisRelation } from "./fixedAxisRelation.ts";
import { identityRelation } from "./identityRelation.ts";
import { latestOverlappingRelation } from "./latestOverlappingRelation.ts";
import type { PartitionMapping } from "./partitionMapping.ts";
import { staticRelation } from "./staticRelation.ts";
import { timeWindowRelation } from "./timeWindowRelation.ts";

/** A mapping between two axes, ready to answer about sets of coordinates. Inputs are never empty. */
export interface AxisRelation {
  upstreamOf(downstream: IntegerSet, context: PartitionsContext): RequiredCoordinates;
  downstreamOf(upstream: IntegerSet, context: PartitionsContext): IntegerSet;
}

export interface RequiredCoordinates {
  readonly existing: IntegerSet;
  readonly nonexistent: IntegerSet;
  readonly unknownKeys: readonly string[];
}

/** The relation of two axes under a mapping that was resolved for them. */
export function axisRelation(
  upstream: AxisDefinition,
  downstream: AxisDefinition,
  mapping: PartitionMapping,
): AxisRelation {
  switch (mapping.kind) {
    case "identity":
      return identityRelation(upstream, downstream);
    case "timeWindow":
      return timeWindowRelation(upstream, downstream, mapping);
    case "latestOverlapping":
      return latestOverlappingRelation(upstream, downstream);
    case "static":
      return staticRelation(upstream, downstream, mapping);
    case "all":
      return allAxisRelation(upstream, downstream);
    case "last":
      return lastAxisRelation(upstream, downstream);
    case "specific":
      return specificAxisRelation(upstream, downstream, mapping.keys);
    case "dimension":
    case "multi":
      throw new Error(`Bug: a ${mapping.kind} mapping joins definitions, not axes.`);
  }
}
