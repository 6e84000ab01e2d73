import type { AssetGraph } from "@infill/core";
import {
  downstreamOf,
  emptySubset,
  intersectSubsets,
  isEmptySubset,
  type PartitionsContext,
  type PartitionsSubset,
  subtractSubsets,
  unionSubsets,
  upstreamOf,
} from "@infill/partitions";
import { bindText, PartitionStates, planContext, restOnSelf, selfNeeds } from "@infill/planning";
import type { BackfillRecord } from "@infill/state";
import {
  type AssetPartitions,
  type ChangeEnvironment,
  requestOfText,
} from "./changeEnvironment.ts";
import { type OpenLedger, readOpenLedger } from "./openLedger.ts";

/**
 * The partitions that a text removes from a backfill. The text applies to the assets that the
 * request names, as in a new backfill (ADR 20). Partitions downstream of the removed ones are
 * removed too. So are upstream partitions that the backfill runs only because removed partitions
 * need them.
 *
 * @returns by asset in topological order, partitions that have not settled and do not run
 * @throws the errors of `bindText`
 */
export async function partitionsToDrop(
  { store, graph, registered }: ChangeEnvironment,
  { id, header }: BackfillRecord,
  text: string,
): Promise<AssetPartitions[]> {
  const context = await planContext(store, registered, header);
  const states = new PartitionStates(store, graph, registered, context);
  const request = requestOfText(header.request, text);
  const { isAll, named, terms, selected } = await bindText(states, graph, request);
  const ledgers = new Map<string, OpenLedger>();
  for (const name of graph.assets.keys()) {
    const asset = registered.get(name);
    if (asset === undefined || !header.assets.includes(name)) continue;
    ledgers.set(name, await readOpenLedger(store, asset, id));
  }
  const dropped = takeDownstream(graph, ledgers, selected, context);
  const onlyNeeded = [...ledgers.keys()].filter(
    (name) => !isAll && !named.has(name) && !terms.some(({ downstream }) => downstream.has(name)),
  );
  takeUpstream(graph, ledgers, onlyNeeded, dropped, context);
  return Array.from(ledgers, ([name, { asset }]) => [asset, dropped.get(name)] as const).flatMap(
    ([asset, partitions]) =>
      partitions === undefined || isEmptySubset(partitions) ? [] : [[asset, partitions] as const],
  );
}

/** The text's open partitions, and the open partitions downstream of them. */
function takeDownstream(
  graph: AssetGraph,
  ledgers: ReadonlyMap<string, OpenLedger>,
  selected: ReadonlyMap<string, PartitionsSubset>,
  context: PartitionsContext,
): Map<string, PartitionsSubset> {
  const dropped = new Map<string, PartitionsSubset>();
  for (const [name, { asset, open }] of ledgers) {
    const edges = graph.upstreamEdges(name);
    const bound = selected.get(name) ?? emptySubset(asset.asset.partitions);
    let taken = intersectSubsets(bound, open);
    for (const edge of edges) {
      const upstream = dropped.get(edge.upstreamAsset);
      if (upstream === undefined || isEmptySubset(upstream)) continue;
      taken = unionSubsets(taken, intersectSubsets(downstreamOf(edge, upstream, context), open));
    }
    dropped.set(name, restOnSelf(edges, taken, open, context));
  }
  return dropped;
}

/**
 * Adds to the dropped partitions those of some assets that only dropped partitions need.
 *
 * @param names assets that the backfill runs only because others need them
 */
function takeUpstream(
  graph: AssetGraph,
  ledgers: ReadonlyMap<string, OpenLedger>,
  names: readonly string[],
  dropped: Map<string, PartitionsSubset>,
  context: PartitionsContext,
): void {
  for (const name of names.toReversed()) {
    const ledger = ledgers.get(name);
    if (ledger === undefined) continue;
    let needless = emptySubset(ledger.asset.asset.partitions);
    let needed = needless;
    for (const edge of graph.downstreamEdges(name)) {
      const target = ledgers.get(edge.downstreamAsset);
      const gone = dropped.get(edge.downstreamAsset);
      if (target === undefined || gone === undefined || edge.downstreamAsset === name) continue;
      const left = subtractSubsets(target.live, gone);
      needless = unionSubsets(needless, upstreamOf(edge, gone, context).subset);
      needed = unionSubsets(needed, upstreamOf(edge, left, context).subset);
    }
    const edges = graph.upstreamEdges(name);
    const free = subtractSubsets(
      selfNeeds(edges, needless, context),
      selfNeeds(edges, needed, context),
    );
    const taken = dropped.get(name) ?? emptySubset(ledger.asset.asset.partitions);
    dropped.set(name, unionSubsets(taken, intersectSubsets(free, ledger.open)));
  }
}
