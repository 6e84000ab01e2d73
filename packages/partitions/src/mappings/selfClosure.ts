import type { PartitionsContext } from "../context/partitionsContext.ts";
import { axesOf } from "../definitions/axes.ts";
import type { KeptTicks } from "../time/keptTicks.ts";
import { keptWindowsOf } from "../definitions/timeWindowAnswers.ts";
import { forEachRun, unionAllIntegers } from "../integers/integerQueries.ts";
import type { IntegerSet } from "../integers/integerSet.ts";
import { RunsBuilder } from "../integers/runsBuilder.ts";
import { inverseOrder, reorderAxes } from "../subsets/axisOrder.ts";
import type { AxisSet } from "../subsets/axisSet.ts";
import { reachAxisSets } from "../subsets/axisSetAlgebra.ts";
import { isEmptySubset, type PartitionsSubset } from "../subsets/partitionsSubset.ts";
import {
  allPartitions,
  intersectSubsets,
  subtractSubsets,
  unionSubsets,
} from "../subsets/subsetAlgebra.ts";
import { downstreamOf, type Edge, upstreamOf } from "./edge.ts";
import { negated, reachedByLag } from "./lagClosure.ts";
import { type SelfLag, selfLagOf } from "./selfLag.ts";

/**
 * What rests on some partitions of a self-dependent asset, through any number of steps.
 *
 * Along a time lag this is one pass over runs, whatever the length of the chain; other
 * self-dependencies take as many passes as the longest path has steps.
 *
 * @param edge from the asset to itself
 * @param within every step must stay in this subset
 * @returns `start`, and the partitions of `within` that are reachable from it
 */
export function selfDownstream(
  edge: Edge,
  start: PartitionsSubset,
  within: PartitionsSubset,
  context: PartitionsContext,
): PartitionsSubset {
  return closure(start, within, selfLagOf(edge), false, (subset) =>
    downstreamOf(edge, subset, context),
  );
}

/**
 * Some partitions of a self-dependent asset, and everything that they rest on, through any number
 * of steps.
 */
export function selfUpstream(
  edge: Edge,
  start: PartitionsSubset,
  context: PartitionsContext,
): PartitionsSubset {
  const within = allPartitions(edge.upstream, context);
  return closure(
    start,
    within,
    selfLagOf(edge),
    true,
    (subset) => upstreamOf(edge, subset, context).subset,
  );
}

function closure(
  start: PartitionsSubset,
  within: PartitionsSubset,
  lag: SelfLag | undefined,
  isBackward: boolean,
  step: (subset: PartitionsSubset) => PartitionsSubset,
): PartitionsSubset {
  let reached = start;
  let fresh = start;
  while (!isEmptySubset(fresh)) {
    const found = intersectSubsets(step(fresh), within);
    if (isEmptySubset(subtractSubsets(found, reached))) return reached;
    const next = unionSubsets(reached, found);
    const all =
      lag === undefined ? next : unionSubsets(next, alongLag(next, within, lag, isBackward));
    if (lag?.isExact === true) return all;
    fresh = subtractSubsets(all, reached);
    reached = all;
  }
  return reached;
}

/**
 * The partitions reachable by a lag alone, for each combination of keys of the other axes
 * separately.
 */
function alongLag(
  start: PartitionsSubset,
  within: PartitionsSubset,
  lag: SelfLag,
  isBackward: boolean,
): PartitionsSubset {
  const axes = axesOf(within.definition);
  const definition = axes[lag.axis]?.definition;
  const kept = definition && keptWindowsOf(definition);
  const order = [...axes.keys()].filter((axis) => axis !== lag.axis).concat(lag.axis);
  const ranks = (set: IntegerSet): IntegerSet => {
    const counted = kept === undefined ? set : ranksOf(set, kept);
    return isBackward ? negated(counted) : counted;
  };
  const ordinals = (set: IntegerSet): IntegerSet => {
    const counted = isBackward ? negated(set) : set;
    return kept === undefined ? counted : ordinalsOf(counted, kept);
  };
  const reached: AxisSet = reachAxisSets(
    reorderAxes(start.coordinates, order),
    reorderAxes(within.coordinates, order),
    (from, among) => ordinals(reachedByLag(ranks(from), ranks(among), lag)),
  );
  return {
    definition: within.definition,
    coordinates: reorderAxes(reached, inverseOrder(order)),
  };
}

function ranksOf(set: IntegerSet, kept: KeptTicks): IntegerSet {
  const ranks = new RunsBuilder();
  forEachRun(set, (start, end) => ranks.add(kept.rankOf(start), kept.rankOf(end)));
  return ranks.finish();
}

function ordinalsOf(ranks: IntegerSet, kept: KeptTicks): IntegerSet {
  const sets: IntegerSet[] = [];
  forEachRun(ranks, (start, end) =>
    sets.push(kept.within(kept.ordinalAt(start), kept.ordinalAt(end - 1) + 1)),
  );
  return unionAllIntegers(sets);
}
