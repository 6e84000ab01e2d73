import type { AssetGraph } from "@infill/core";
import {
  downstreamOf,
  intersectSubsets,
  isEmptySubset,
  type PartitionsContext,
  type PartitionsSubset,
  subtractSubsets,
  unionSubsets,
} from "@infill/partitions";

/**
 * The partitions downstream of some partitions, through any number of edges, on paths that stay
 * within a set.
 *
 * @param start by asset
 * @param within by asset; a path ends at an asset without an entry
 * @returns by asset, subsets of `within`
 */
export function downstreamWithin(
  graph: AssetGraph,
  start: ReadonlyMap<string, PartitionsSubset>,
  within: ReadonlyMap<string, PartitionsSubset>,
  context: PartitionsContext,
): Map<string, PartitionsSubset> {
  const reached = new Map<string, PartitionsSubset>();
  const open = [...start];
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const [source, subset] = next;
    for (const edge of graph.downstreamEdges(source)) {
      const target = edge.downstreamAsset;
      const bounds = within.get(target);
      if (bounds === undefined) continue;
      const found = intersectSubsets(downstreamOf(edge, subset, context), bounds);
      const known = reached.get(target);
      const fresh = known === undefined ? found : subtractSubsets(found, known);
      if (isEmptySubset(fresh)) continue;
      reached.set(target, known === undefined ? fresh : unionSubsets(known, fresh));
      open.push([target, fresh]);
    }
  }
  return reached;
}
