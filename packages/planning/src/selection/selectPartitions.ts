import {
  type AssetGraph,
  type ResolvedBackfillRequest,
  type SelectionTerm,
  selectAssets,
  selectionTerms,
  UnknownAssetError,
} from "@infill/core";
import {
  downstreamOf,
  emptySubset,
  InfillError,
  parsePartitionTextFor,
  type PartitionExpression,
  type PartitionsSubset,
  printPartitionText,
  unionSubsets,
  upstreamOf,
} from "@infill/partitions";
import type { PartitionStates } from "../states/partitionStates.ts";
import { selfNeeds } from "../states/selfReach.ts";

/** One of several named assets cannot take the partition text. */
export class PartitionTextBindingError extends InfillError {
  readonly code = "INFILL_PARTITION_TEXT_BINDING";
  readonly asset: string;

  constructor(asset: string, cause: InfillError) {
    super(
      `The partition text does not fit "${asset}", which the request names: ${cause.message} ` +
        `Give the asset a text of its own with partitionsOf (--partitions-of ${asset}=…), or name only the other assets and add this one with "+".`,
      { cause },
    );
    this.asset = asset;
  }
}

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
 * @throws UnknownAssetError, AssetSelectionError, PartitionTextBindingError; the errors of the
 *   partition text's parser
 */
export async function selectPartitions(
  states: PartitionStates,
  graph: AssetGraph,
  request: Pick<ResolvedBackfillRequest, "assets" | "partitions" | "partitionsOf">,
): Promise<ReadonlyMap<string, SelectedPartitions>> {
  const names = selectAssets(graph, request.assets);
  const terms = selectionTerms(graph, request.assets);
  const expression = parseFor(states, request.partitions, names);
  const own = ownTexts(states, request.partitionsOf, names);
  const saysAll = printPartitionText(expression) === ":all";
  const isAll = saysAll && own.size === 0;
  const selected = new Map<string, PartitionsSubset>();
  const add = (name: string, subset: PartitionsSubset): void => {
    const known = selected.get(name);
    selected.set(name, known === undefined ? subset : unionSubsets(known, subset));
  };
  const named = new Set([...terms.flatMap((term) => term.named), ...own.keys()]);
  const groups = isAll ? [names] : terms.filter((term) => term.isGroup).map((term) => term.named);
  for (const [name, text] of own) add(name, await selectOwn(states, name, text, named.size > 1));
  if (!isAll) {
    const bound = new Set<string>();
    for (const { named: explicit, isGroup } of terms) {
      if (isGroup && (saysAll || !isOfState(expression))) continue;
      for (const name of explicit) {
        if (own.has(name)) continue;
        if (isGroup || named.size === 1) add(name, await states.select(name, expression));
        else bound.add(name);
      }
    }
    await bind(states, graph, bound, expression, add, selected);
  }
  for (const group of groups)
    await addFromRoots(states, graph, group, expression, own, add, selected);
  for (const {
    downstream,
    named: [origin],
  } of terms)
    if (origin !== undefined && downstream.size > 0 && !isAll)
      pushDown(states, graph, origin, downstream, own, add, selected);
  for (const {
    upstream,
    named: [origin],
    takesUpstream,
  } of terms)
    if (origin !== undefined && takesUpstream && !isAll)
      pullUp(states, graph, origin, upstream, own, add, selected);
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

type Add = (name: string, subset: PartitionsSubset) => void;
type Own = ReadonlyMap<string, PartitionExpression>;
type Selected = ReadonlyMap<string, PartitionsSubset>;

function takesUpstream(terms: readonly SelectionTerm[], name: string): boolean {
  return terms.some(
    (term) =>
      term.takesUpstream &&
      !term.isUpstreamCut &&
      (term.named.includes(name) || term.upstream.has(name)),
  );
}

function parseFor(
  states: PartitionStates,
  text: string,
  names: readonly string[],
): PartitionExpression {
  const definitions = names.map((name) => states.asset(name).asset.partitions);
  return parsePartitionTextFor(text, definitions, states.context);
}

function ownTexts(
  states: PartitionStates,
  partitionsOf: ResolvedBackfillRequest["partitionsOf"],
  names: readonly string[],
): Map<string, PartitionExpression> {
  const own = new Map<string, PartitionExpression>();
  for (const [name, text] of Object.entries(partitionsOf ?? {})) {
    if (!names.includes(name)) throw new UnknownAssetError(name, names);
    own.set(name, parseFor(states, text, [name]));
  }
  return own;
}

/** Whether an expression uses statuses and ages only, so that it fits every asset. */
function isOfState(expression: PartitionExpression): boolean {
  return expression.products.every((product) =>
    product.every(
      ({ dimension, terms }) =>
        dimension === undefined &&
        terms.flat().every(({ atom }) => ["status", "older", "all"].includes(atom.kind)),
    ),
  );
}

async function selectOwn(
  states: PartitionStates,
  name: string,
  expression: PartitionExpression,
  isOneOfSeveral: boolean,
): Promise<PartitionsSubset> {
  try {
    return await states.select(name, expression);
  } catch (error) {
    if (isOneOfSeveral && error instanceof InfillError)
      throw new PartitionTextBindingError(name, error);
    throw error;
  }
}

/**
 * Selects the text's partitions in each of several assets. An asset that it does not fit, such as
 * weeks by a range of days, follows its selected upstream assets, if the request has any.
 *
 * @throws PartitionTextBindingError
 */
async function bind(
  states: PartitionStates,
  graph: AssetGraph,
  names: ReadonlySet<string>,
  expression: PartitionExpression,
  add: Add,
  selected: Selected,
): Promise<void> {
  for (const name of graph.assets.keys()) {
    if (!names.has(name)) continue;
    try {
      add(name, await states.select(name, expression));
    } catch (error) {
      if (!(error instanceof InfillError)) throw error;
      const feeds = graph
        .upstreamEdges(name)
        .filter(({ upstreamAsset }) => upstreamAsset !== name && selected.has(upstreamAsset));
      if (feeds.length === 0) throw new PartitionTextBindingError(name, error);
      for (const edge of feeds) {
        const fed = selected.get(edge.upstreamAsset);
        if (fed !== undefined) add(name, downstreamOf(edge, fed, states.context));
      }
    }
  }
}

/**
 * Selects the text's partitions in the group's assets without an upstream there; the others follow
 * by the mappings.
 */
async function addFromRoots(
  states: PartitionStates,
  graph: AssetGraph,
  group: readonly string[],
  expression: PartitionExpression,
  own: Own,
  add: Add,
  selected: Selected,
): Promise<void> {
  const members = new Set(group);
  for (const name of group) {
    if (own.has(name)) continue;
    const feeds = graph
      .upstreamEdges(name)
      .filter(({ upstreamAsset }) => upstreamAsset !== name && members.has(upstreamAsset));
    if (feeds.length === 0) add(name, await states.select(name, expression));
    for (const edge of feeds) {
      const fed = selected.get(edge.upstreamAsset);
      if (fed !== undefined) add(name, downstreamOf(edge, fed, states.context));
    }
  }
}

/** Adds the partitions downstream of the origin's, asset by asset in topological order. */
function pushDown(
  states: PartitionStates,
  graph: AssetGraph,
  origin: string,
  downstream: ReadonlySet<string>,
  own: Own,
  add: Add,
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
    if (!own.has(name)) add(name, fed);
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
  add: Add,
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
    add(name, needed);
    pulled.set(name, needed);
  }
}
