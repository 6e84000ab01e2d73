import {
  type AssetGraph,
  InvalidOptionsError,
  type ResolvedBackfillRequest,
  type SelectionTerm,
  selectAssets,
  selectionTerms,
  UnknownAssetError,
} from "@infill/core";
import {
  downstreamOf,
  InfillError,
  parsePartitionTextFor,
  type PartitionExpression,
  type PartitionsSubset,
  printPartitionText,
  unionSubsets,
} from "@infill/partitions";
import type { PartitionStates } from "../states/partitionStates.ts";

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

/** The parts of a request that select partitions. */
export interface SelectionRequest
  extends Pick<ResolvedBackfillRequest, "assets" | "partitions" | "partitionsOf"> {
  /**
   * Whether to leave out named assets that the text does not fit, if it fits another one. False for
   * a new backfill, which refuses them.
   */
  readonly mayLeaveOut?: boolean;
}

/** The partitions that a request's texts select by themselves, without what `+` adds. */
export interface BoundText {
  /** Of the selected assets, in topological order. */
  readonly names: readonly string[];
  readonly terms: readonly SelectionTerm[];
  /** Assets with a text of their own. */
  readonly own: ReadonlyMap<string, PartitionExpression>;
  /** Whether the request selects all partitions of all assets, so that `+` adds nothing. */
  readonly isAll: boolean;
  /** Assets that the request names, by a term or by a text of their own. */
  readonly named: ReadonlySet<string>;
  /** By asset; assets that the texts do not apply to have no entry. */
  readonly selected: Map<string, PartitionsSubset>;
}

/**
 * Applies a request's partition texts to the assets that it names (ADR 20).
 *
 * @throws UnknownAssetError, AssetSelectionError, InvalidOptionsError, PartitionTextBindingError; the errors of the
 *   partition text's parser
 */
export async function bindText(
  states: PartitionStates,
  graph: AssetGraph,
  request: SelectionRequest,
): Promise<BoundText> {
  const names = selectAssets(graph, request.assets);
  const terms = selectionTerms(graph, request.assets);
  const expression = parseFor(states, request.partitions, names);
  const own = ownTexts(states, graph, request, names);
  const saysAll = printPartitionText(expression) === ":all";
  const isAll = saysAll && own.size === 0;
  const selected = new Map<string, PartitionsSubset>();
  const named = new Set([...terms.flatMap((term) => term.named), ...own.keys()]);
  const groups = isAll ? [names] : terms.filter((term) => term.isGroup).map((term) => term.named);
  for (const [name, text] of own)
    addTo(selected, name, await selectOwn(states, name, text, named.size > 1));
  if (!isAll) {
    const bound = new Set<string>();
    for (const { named: explicit, isGroup } of terms) {
      if (isGroup && (saysAll || !isOfState(expression))) continue;
      for (const name of explicit) {
        if (own.has(name)) continue;
        if (isGroup || named.size === 1)
          addTo(selected, name, await states.select(name, expression));
        else bound.add(name);
      }
    }
    await bind(states, graph, bound, expression, selected, request.mayLeaveOut === true);
  }
  for (const group of groups) await addFromRoots(states, graph, group, expression, own, selected);
  return { names, terms, own, isAll, named, selected };
}

/** Adds partitions to those that are selected of an asset. */
export function addTo(
  selected: Map<string, PartitionsSubset>,
  name: string,
  subset: PartitionsSubset,
): void {
  const known = selected.get(name);
  selected.set(name, known === undefined ? subset : unionSubsets(known, subset));
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
  graph: AssetGraph,
  { assets, partitionsOf }: SelectionRequest,
  names: readonly string[],
): Map<string, PartitionExpression> {
  const own = new Map<string, PartitionExpression>();
  for (const [name, text] of Object.entries(partitionsOf ?? {})) {
    if (!graph.assets.has(name)) throw new UnknownAssetError(name, [...graph.assets.keys()]);
    if (!names.includes(name))
      throw new InvalidOptionsError(
        "backfill request",
        "partitionsOf",
        `the asset selection "${assets.slice(0, 80)}" does not select "${name}"; add it there, or leave out its text`,
      );
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
 * @param mayLeaveOut whether to leave out other assets that it does not fit, if it fits one
 * @throws PartitionTextBindingError
 */
async function bind(
  states: PartitionStates,
  graph: AssetGraph,
  names: ReadonlySet<string>,
  expression: PartitionExpression,
  selected: Map<string, PartitionsSubset>,
  mayLeaveOut: boolean,
): Promise<void> {
  let refused: InfillError | undefined;
  let fits = false;
  for (const name of graph.assets.keys()) {
    if (!names.has(name)) continue;
    try {
      addTo(selected, name, await states.select(name, expression));
      fits = true;
    } catch (error) {
      if (!(error instanceof InfillError)) throw error;
      const feeds = graph
        .upstreamEdges(name)
        .filter(({ upstreamAsset }) => upstreamAsset !== name && selected.has(upstreamAsset));
      if (feeds.length === 0 && !mayLeaveOut) throw new PartitionTextBindingError(name, error);
      refused ??= error;
      for (const edge of feeds) {
        const fed = selected.get(edge.upstreamAsset);
        if (fed !== undefined) addTo(selected, name, downstreamOf(edge, fed, states.context));
      }
    }
  }
  if (mayLeaveOut && !fits && refused !== undefined) throw refused;
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
  own: ReadonlyMap<string, PartitionExpression>,
  selected: Map<string, PartitionsSubset>,
): Promise<void> {
  const members = new Set(group);
  for (const name of group) {
    if (own.has(name)) continue;
    const feeds = graph
      .upstreamEdges(name)
      .filter(({ upstreamAsset }) => upstreamAsset !== name && members.has(upstreamAsset));
    if (feeds.length === 0) addTo(selected, name, await states.select(name, expression));
    for (const edge of feeds) {
      const fed = selected.get(edge.upstreamAsset);
      if (fed !== undefined) addTo(selected, name, downstreamOf(edge, fed, states.context));
    }
  }
}
