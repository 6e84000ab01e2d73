import type { AssetGraph, SelectionTerm } from "@infill/core";
import {
  downstreamOf,
  emptySubset,
  type PartitionsSubset,
  unionSubsets,
  upstreamOf,
} from "@infill/partitions";
import { addTo, bindText, type BoundText, type SelectionRequest } from "./bindText.ts";
import type { PartitionStates } from "../states/partitionStates.ts";
import { selfNeeds } from "../states/selfReach.ts";

/** The partitions of one asset that a request selects. */
export interface SelectedPartitions {
  readonly subset: PartitionsSubset;
  /**
   * Whether partitions that rest on these may run too: not for assets that are selected only
   * because others need them.
   */
  readonly propagates: boolean;
  /** Whether the request names the asset, and so could name it with `+`. */
  readonly isNamed: boolean;
  /** Whether the upstream partitions of these are selected too. */
  readonly takesUpstream: boolean;
}

/**
 * Computes which partitions of which assets a request selects, before their statuses are known.
 *
 * The text selects partitions of the named assets. An asset that the text does not fit follows the
 * named assets upstream of it. `+` after a name adds the downstream partitions by the mappings;
 * then `+` before a name adds the upstream partitions of everything selected so far, including
 * self-dependencies. `:all`, and keys for a group (`*` or a tag), select partitions of the assets
 * without a selected upstream asset, and the others follow by the mappings. A status for a group
 * selects partitions of each of its assets.
 *
 * @returns an entry for each selected asset, in topological order
 * @throws UnknownAssetError, AssetSelectionError, InvalidOptionsError, PartitionTextBindingError; the errors of the
 *   partition text's parser
 */
export async function selectPartitions(
  states: PartitionStates,
  graph: AssetGraph,
  request: SelectionRequest,
): Promise<ReadonlyMap<string, SelectedPartitions>> {
  const { names, terms, own, isAll, named, selected } = await bindText(states, graph, request);
  const origins = isAll ? [] : terms;
  for (const {
    downstream,
    named: [origin],
  } of origins)
    if (origin !== undefined && downstream.size > 0)
      pushDown(states, graph, origin, downstream, own, selected);
  for (const {
    upstream,
    named: [origin],
    takesUpstream,
  } of origins)
    if (origin !== undefined && takesUpstream)
      pullUp(states, graph, origin, upstream, own, selected);
  return new Map(
    names.map((name) => [
      name,
      {
        subset: selected.get(name) ?? emptySubset(states.asset(name).asset.partitions),
        propagates:
          isAll || named.has(name) || terms.some(({ downstream }) => downstream.has(name)),
        isNamed: terms.some((term) => !term.isGroup && term.named.includes(name)),
        takesUpstream: takesUpstream(terms, name),
      },
    ]),
  );
}

type Own = BoundText["own"];
type Selected = Map<string, PartitionsSubset>;

function takesUpstream(terms: readonly SelectionTerm[], name: string): boolean {
  return terms.some(
    (term) =>
      term.takesUpstream &&
      !term.isUpstreamCut &&
      (term.named.includes(name) || term.upstream.has(name)),
  );
}

/** Adds the partitions downstream of the origin's, asset by asset in topological order. */
function pushDown(
  states: PartitionStates,
  graph: AssetGraph,
  origin: string,
  downstream: ReadonlySet<string>,
  own: Own,
  selected: Selected,
): void {
  const pushed = new Map<string, PartitionsSubset>();
  const start = selected.get(origin);
  if (start !== undefined) pushed.set(origin, start);
  for (const name of graph.assets.keys()) {
    if (!downstream.has(name)) continue;
    let fed = emptySubset(states.asset(name).asset.partitions);
    for (const edge of graph.upstreamEdges(name)) {
      const feed = edge.upstreamAsset === name ? undefined : pushed.get(edge.upstreamAsset);
      if (feed !== undefined) fed = unionSubsets(fed, downstreamOf(edge, feed, states.context));
    }
    if (!own.has(name)) addTo(selected, name, fed);
    pushed.set(name, own.has(name) ? (selected.get(name) ?? fed) : fed);
  }
}

/**
 * Adds the partitions upstream of the origin's, asset by asset against topological order, including
 * self-dependencies.
 */
function pullUp(
  states: PartitionStates,
  graph: AssetGraph,
  origin: string,
  upstream: ReadonlySet<string>,
  own: Own,
  selected: Selected,
): void {
  const pulled = new Map<string, PartitionsSubset>();
  const start = selected.get(origin);
  if (start !== undefined) pulled.set(origin, start);
  for (const name of [...graph.assets.keys()].reverse()) {
    if (name !== origin && !upstream.has(name)) continue;
    let needed = pulled.get(name) ?? emptySubset(states.asset(name).asset.partitions);
    for (const edge of graph.downstreamEdges(name)) {
      const by = edge.downstreamAsset === name ? undefined : pulled.get(edge.downstreamAsset);
      if (by !== undefined)
        needed = unionSubsets(needed, upstreamOf(edge, by, states.context).subset);
    }
    if (own.has(name)) needed = selected.get(name) ?? needed;
    needed = selfNeeds(graph.upstreamEdges(name), needed, states.context);
    addTo(selected, name, needed);
    pulled.set(name, needed);
  }
}
