import type { PartitionsContext } from "../context/partitionsContext.ts";
import type { PartitionsDefinition } from "../definitions/partitionsDefinition.ts";
import { isEmptyAxisSet } from "../subsets/axisSet.ts";
import {
  assertSameDefinition,
  emptySubset,
  type PartitionsSubset,
} from "../subsets/partitionsSubset.ts";
import type { EdgeRelation } from "./edgeRelation.ts";
import type { PartitionMapping } from "./partitionMapping.ts";
import { relateDefinitions } from "./relateDefinitions.ts";

/** One asset reading another. */
export interface Edge {
  readonly upstream: PartitionsDefinition;
  readonly downstream: PartitionsDefinition;
  readonly mapping: PartitionMapping;
}

/** The upstream partitions that some downstream ones need. */
export interface UpstreamPartitions {
  /** Those that exist. */
  readonly subset: PartitionsSubset;
  /**
   * Required partitions that do not exist now: windows before the upstream's start, or not yet
   * ended.
   */
  readonly nonexistent: PartitionsSubset;
  /**
   * Required keys that the upstream has never had, such as static ones, which no subset can hold.
   */
  readonly unknownKeys: readonly string[];
}

const relations = new WeakMap<Edge, EdgeRelation>();

/** The upstream partitions that any of the downstream ones needs; empty for an empty subset. */
export function upstreamOf(
  edge: Edge,
  downstream: PartitionsSubset,
  context: PartitionsContext,
): UpstreamPartitions {
  assertSameDefinition(edge.downstream, downstream.definition);
  const nothing = emptySubset(edge.upstream);
  if (isEmptyAxisSet(downstream.coordinates))
    return { subset: nothing, nonexistent: nothing, unknownKeys: [] };
  const { existing, nonexistent, unknownKeys } = relationOf(edge).upstreamOf(
    downstream.coordinates,
    context,
  );
  return {
    subset: { definition: edge.upstream, coordinates: existing },
    nonexistent: { definition: edge.upstream, coordinates: nonexistent },
    unknownKeys,
  };
}

/**
 * The existing downstream partitions that need any of the upstream ones; empty for an empty subset.
 */
export function downstreamOf(
  edge: Edge,
  upstream: PartitionsSubset,
  context: PartitionsContext,
): PartitionsSubset {
  assertSameDefinition(edge.upstream, upstream.definition);
  if (isEmptyAxisSet(upstream.coordinates)) return emptySubset(edge.downstream);
  return {
    definition: edge.downstream,
    coordinates: relationOf(edge).downstreamOf(upstream.coordinates, context),
  };
}

function relationOf(edge: Edge): EdgeRelation {
  let relation = relations.get(edge);
  if (relation === undefined) {
    relation = relateDefinitions(edge.upstream, edge.downstream, edge.mapping);
    relations.set(edge, relation);
  }
  return relation;
}
