import type { AxisDefinition } from "../definitions/partitionsDefinition.ts";
import type { AxisRelation } from "./axisRelation.ts";
import { allAxisRelation, lastAxisRelation, specificAxisRelation } from "./fixedAxisRelation.ts";
import { identityRelation } from "./identityRelation.ts";
import { latestOverlappingRelation } from "./latestOverlappingRelation.ts";
import type { PartitionMapping } from "./partitionMapping.ts";
import { staticRelation } from "./staticRelation.ts";
import { timeWindowRelation } from "./timeWindowRelation.ts";

/** The relation of two axes under a mapping that was resolved for them. */
export function relateAxes(
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
