import type { AssetEdge } from "@infill/core";
import {
  equalSubsets,
  type PartitionsContext,
  type PartitionsSubset,
  selfDownstream,
  selfUpstream,
} from "@infill/partitions";

/** The edges of an asset to itself. */
export function selfEdges(edges: readonly AssetEdge[]): readonly AssetEdge[] {
  return edges.filter(({ upstreamAsset, downstreamAsset }) => upstreamAsset === downstreamAsset);
}

/**
 * Some partitions of an asset, and what rests on them by the asset's edges to itself.
 *
 * @param edges of the asset; those from other assets are passed over
 * @param within each step has to land here
 */
export function restOnSelf(
  edges: readonly AssetEdge[],
  start: PartitionsSubset,
  within: PartitionsSubset,
  context: PartitionsContext,
): PartitionsSubset {
  return toFixedPoint(edges, start, (edge, subset) =>
    selfDownstream(edge, subset, within, context),
  );
}

/** Some partitions of an asset, and what they rest on by the asset's edges to itself. */
export function selfNeeds(
  edges: readonly AssetEdge[],
  start: PartitionsSubset,
  context: PartitionsContext,
): PartitionsSubset {
  return toFixedPoint(edges, start, (edge, subset) => selfUpstream(edge, subset, context));
}

/** One edge is a closure of its own; several take turns until none adds anything. */
function toFixedPoint(
  edges: readonly AssetEdge[],
  start: PartitionsSubset,
  step: (edge: AssetEdge, subset: PartitionsSubset) => PartitionsSubset,
): PartitionsSubset {
  const own = selfEdges(edges);
  let reached = start;
  for (;;) {
    const next = own.reduce((subset, edge) => step(edge, subset), reached);
    if (own.length < 2 || equalSubsets(next, reached)) return next;
    reached = next;
  }
}
