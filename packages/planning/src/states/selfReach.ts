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
 * Some partitions of an asset, and the partitions that rest on them by the asset's edges to itself.
 *
 * @param edges of the asset; edges from other assets are ignored
 * @param within every step must stay in this subset
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

/**
 * Some partitions of an asset, and the partitions that they rest on by the asset's edges to itself.
 */
export function selfNeeds(
  edges: readonly AssetEdge[],
  start: PartitionsSubset,
  context: PartitionsContext,
): PartitionsSubset {
  return toFixedPoint(edges, start, (edge, subset) => selfUpstream(edge, subset, context));
}

/** One edge has a closed form; several alternate until none adds anything. */
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
