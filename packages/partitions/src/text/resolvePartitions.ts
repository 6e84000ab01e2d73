import type { PartitionsContext } from "../context/partitionsContext.ts";
import { axesOf } from "../definitions/axes.ts";
import { asTimeWindows, hasDimensions } from "../definitions/axisKinds.ts";
import { viewAxis } from "../definitions/viewAxis.ts";
import { partitionOfKey, requirePartition } from "../definitions/partitionAnswers.ts";
import type { PartitionsDefinition } from "../definitions/partitionsDefinition.ts";
import { InvertedRangeError, UnknownDimensionError } from "../errors/keyErrors.ts";
import { InfillError } from "../errors/infillError.ts";
import { PartitionTextDimensionError, UnquotedKeyError } from "../errors/textErrors.ts";
import { intersectIntegers } from "../integers/integerAlgebra.ts";
import { emptyAxisSet, productOfAxes } from "../subsets/axisSet.ts";
import { unionAllAxisSets } from "../subsets/axisSetAlgebra.ts";
import { latestPartitions } from "../subsets/latestPartitions.ts";
import { emptySubset, type PartitionsSubset } from "../subsets/partitionsSubset.ts";
import { allPartitions, intersectSubsets, subtractSubsets } from "../subsets/subsetAlgebra.ts";
import { rangeOfAxis, subsetFromCoordinates } from "../subsets/subsetFromKeys.ts";
import { lastOfSubset, spreadOfSubset } from "../subsets/subsetSamples.ts";
import { keysMatching } from "./keysMatching.ts";
import type {
  PartitionAtom,
  PartitionClause,
  PartitionExpression,
  PartitionPart,
  PartitionProduct,
  PartitionTerm,
  StatusAtom,
} from "./partitionExpression.ts";
import { textReadAs } from "./parsePartitionText.ts";
import { printAtom } from "./printPartitionText.ts";
import { unquotedKeyIn } from "./unquotedKey.ts";

/** Returns the partitions with a status, as a subset of the definition that is being resolved. */
export type StatusLookup = (atom: StatusAtom) => PartitionsSubset;

/** The atoms for which an expression needs the state, without duplicates. */
export function statusAtomsOf(expression: PartitionExpression): StatusAtom[] {
  const found = new Map<string, StatusAtom>();
  for (const product of expression.products) {
    for (const { terms } of product) {
      for (const { atom } of terms.flat())
        if (atom.kind === "status" || atom.kind === "older") found.set(printAtom(atom), atom);
    }
  }
  return [...found.values()];
}

/**
 * The existing partitions that an expression selects.
 *
 * @param status called at most once for each status word
 * @throws UnknownPartitionKeyError, InvertedRangeError, UnknownDimensionError, and
 *   PartitionTextDimensionError for a range or pattern over several dimensions without naming one, a
 *   dimension twice, or a status word inside a dimension
 */
export function resolvePartitions<D extends PartitionsDefinition>(
  expression: PartitionExpression,
  definition: D,
  context: PartitionsContext,
  status: StatusLookup,
): PartitionsSubset<D> {
  const known = new Map<string, PartitionsSubset>();
  const scope: Scope = {
    definition,
    context,
    status(atom) {
      const text = printAtom(atom);
      const subset = known.get(text) ?? status(atom);
      known.set(text, subset);
      return subset;
    },
  };
  try {
    const products = expression.products.map(
      (product) => resolveProduct(product, scope).coordinates,
    );
    return {
      definition,
      coordinates: unionAllAxisSets(products, emptySubset(definition).coordinates),
    };
  } catch (error) {
    const text = textReadAs(expression);
    if (text === undefined || !(error instanceof InfillError)) throw error;
    const isKey = partitionOfKey(definition, text, context) !== undefined;
    const key = isKey ? text : unquotedKeyIn(text, definition, context);
    throw key === undefined ? error : new UnquotedKeyError(key, error);
  }
}

interface Scope {
  readonly definition: PartitionsDefinition;
  readonly context: PartitionsContext;
  readonly status: StatusLookup;
}

/** Clauses with a sample come last: they sample what the others leave. */
function resolveProduct(product: PartitionProduct, scope: Scope): PartitionsSubset {
  const seen = new Set<string>();
  for (const { dimension } of product) {
    if (dimension === undefined) continue;
    if (seen.has(dimension)) {
      throw new PartitionTextDimensionError(
        `The text names the dimension "${dimension}" twice`,
        `it once, with "," between the keys`,
      );
    }
    seen.add(dimension);
  }
  const samples = product.filter(takesSample);
  const others = product.filter((clause) => !takesSample(clause));
  const within = others
    .map(({ dimension, terms }) =>
      dimension === undefined
        ? resolveTerms(terms, scope)
        : resolveDimension(dimension, terms, scope),
    )
    .reduce<PartitionsSubset | undefined>(
      (all, each) => (all === undefined ? each : intersectSubsets(all, each)),
      undefined,
    );
  const sampled = samples.map(({ terms }) => resolveTerms(terms, scope, within));
  return [...(within === undefined ? [] : [within]), ...sampled].reduce((all, each) =>
    intersectSubsets(all, each),
  );
}

function takesSample({ dimension, terms }: PartitionClause): boolean {
  return dimension === undefined && terms.flat().some(({ atom }) => atom.kind === "sample");
}

function resolveDimension(
  name: string,
  terms: readonly PartitionTerm[],
  { definition, context }: Scope,
): PartitionsSubset {
  const axes = axesOf(definition);
  const index = axes.findIndex((axis) => hasDimensions(definition) && axis.name === name);
  const axis = axes[index];
  if (axis === undefined)
    throw new UnknownDimensionError(
      name,
      hasDimensions(definition) ? Object.keys(definition.dimensions).sort() : [],
    );
  const status = (atom: StatusAtom): never => {
    throw new PartitionTextDimensionError(
      `A dimension, such as "${name}", has no status; only partitions have one`,
      `${name}=…; ${printAtom(atom)}`,
    );
  };
  const chosen = resolveTerms(terms, { definition: axis.definition, context, status }).coordinates;
  if (chosen.kind === "groups") throw new Error("Bug: a dimension has dimensions.");
  const sides = axes.map((each, at) =>
    at === index ? chosen : viewAxis(each.definition, context).existing(),
  );
  return { definition, coordinates: productOfAxes(sides) };
}

/**
 * The union of the terms, less the negated ones; everything less these if there are only negated
 * terms.
 *
 * @param within where samples are taken; default: everything
 */
function resolveTerms(
  terms: readonly PartitionTerm[],
  scope: Scope,
  within?: PartitionsSubset,
): PartitionsSubset {
  const { definition, context } = scope;
  const isTakenAway = (term: PartitionTerm): boolean =>
    term.length === 1 && term[0]?.isNegated === true;
  const union = (subsets: readonly PartitionsSubset[]): PartitionsSubset => ({
    definition,
    coordinates: unionAllAxisSets(
      subsets.map((each) => each.coordinates),
      emptyAxisSet(axesOf(definition).length),
    ),
  });
  const positive = terms.filter((term) => !isTakenAway(term));
  const negative = terms.filter(isTakenAway).flat();
  const chosen =
    positive.length === 0
      ? allPartitions(definition, context)
      : union(positive.map((term) => resolveTerm(term, scope, within)));
  const gone = negative.filter(({ atom }) => atom.kind !== "sample");
  const left =
    gone.length === 0
      ? chosen
      : subtractSubsets(chosen, union(gone.map(({ atom }) => resolveAtom(atom, scope))));
  return subtractSamples(left, negative, within);
}

function resolveTerm(
  term: PartitionTerm,
  scope: Scope,
  within: PartitionsSubset | undefined,
): PartitionsSubset {
  const all = (): PartitionsSubset => allPartitions(scope.definition, scope.context);
  const others = term.filter(({ atom }) => atom.kind !== "sample");
  const positive = others
    .filter((part) => !part.isNegated)
    .map((part) => resolveAtom(part.atom, scope));
  const chosen =
    positive.length === 0 ? all() : positive.reduce((some, each) => intersectSubsets(some, each));
  const left = others
    .filter((part) => part.isNegated)
    .reduce((rest, part) => subtractSubsets(rest, resolveAtom(part.atom, scope)), chosen);
  const counts = samplesOf(term, false);
  const sampled = counts.length === 0 ? left : sampleOf(left, Math.min(...counts), within);
  return samplesOf(term, true).reduce(
    (rest, count) => subtractSubsets(rest, sampleOf(left, count, within)),
    sampled,
  );
}

function subtractSamples(
  from: PartitionsSubset,
  parts: readonly PartitionPart[],
  within: PartitionsSubset | undefined,
): PartitionsSubset {
  return samplesOf(parts, true).reduce(
    (rest, count) => subtractSubsets(rest, sampleOf(from, count, within)),
    from,
  );
}

function samplesOf(parts: readonly PartitionPart[], isNegated: boolean): number[] {
  return parts.flatMap((part) =>
    part.atom.kind === "sample" && part.isNegated === isNegated ? [part.atom.count] : [],
  );
}

function sampleOf(
  subset: PartitionsSubset,
  count: number,
  within: PartitionsSubset | undefined,
): PartitionsSubset {
  return spreadOfSubset(within === undefined ? subset : intersectSubsets(subset, within), count);
}

function resolveAtom(atom: PartitionAtom, scope: Scope): PartitionsSubset {
  const { definition, context } = scope;
  switch (atom.kind) {
    case "all":
      return allPartitions(definition, context);
    case "key":
      requireWholeKey(atom.key, definition, context);
      return subsetFromCoordinates(definition, [requirePartition(definition, atom.key, context)]);
    case "pattern":
      if (atom.prefix === "" && atom.suffix === "") return allPartitions(definition, context);
      if (hasDimensions(definition)) throw needsDimension("A pattern", definition, "2024-*");
      return {
        definition,
        coordinates: keysMatching(viewAxis(definition, context), atom.prefix, atom.suffix),
      };
    case "range":
      return resolveRange(atom.from, atom.to, scope);
    case "latest":
      if (axesOf(definition).length === 1 && asTimeWindows(definition) === undefined) {
        return lastOfSubset(allPartitions(definition, context), atom.count);
      }
      return latestPartitions(definition, atom.count, context);
    case "sample":
      throw new Error("Bug: a sample is taken of the rest of its term");
    case "older":
    case "status":
      return intersectSubsets(scope.status(atom), allPartitions(definition, context));
  }
}

function resolveRange(
  fromKey: string | undefined,
  toKey: string | undefined,
  { definition, context }: Scope,
): PartitionsSubset {
  if (hasDimensions(definition)) throw needsDimension("A range", definition, "[a...b]");
  const view = viewAxis(definition, context);
  if (view.count === 0 && (fromKey === undefined || toKey === undefined))
    return emptySubset(definition);
  const end = (key: string | undefined, position: number): number =>
    key === undefined
      ? view.coordinateAt(position)
      : (requirePartition(definition, key, context)[0] ?? 0);
  const [from, to] = [end(fromKey, 0), end(toKey, view.count - 1)];
  const range = rangeOfAxis(view, from, to);
  if (range === undefined) throw new InvertedRangeError(view.keyAt(from), view.keyAt(to));
  return { definition, coordinates: intersectIntegers(range, view.existing()) };
}

/** For a key of one dimension alone, the error explains how to select all partitions with it. */
function requireWholeKey(
  key: string,
  definition: PartitionsDefinition,
  context: PartitionsContext,
): void {
  if (!hasDimensions(definition) || partitionOfKey(definition, key, context) !== undefined) return;
  const holders = axesOf(definition).filter(
    (axis) => viewAxis(axis.definition, context).coordinateOf(key) !== undefined,
  );
  if (holders.length === 0) return;
  throw new PartitionTextDimensionError(
    `"${key}" is a key of the dimension ${holders.map(({ name }) => `"${name}"`).join(" and ")}, not of a whole partition`,
    holders.map(({ name }) => `${name}=${key}`).join(" or "),
  );
}

function needsDimension(
  what: string,
  definition: PartitionsDefinition,
  example: string,
): PartitionTextDimensionError {
  const names = axesOf(definition)
    .map((axis) => axis.name)
    .sort();
  return new PartitionTextDimensionError(
    `${what} over several dimensions must name one of them`,
    names.map((name) => `${name}=${example}`).join(" or "),
  );
}
