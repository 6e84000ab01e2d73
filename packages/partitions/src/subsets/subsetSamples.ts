import { axisLayout } from "../definitions/axes.ts";
import type { PartitionsDefinition } from "../definitions/partitionsDefinition.ts";
import { spreadIntegers } from "../integers/integerQueries.ts";
import { inverseOrder, reorderAxes } from "./axisOrder.ts";
import { type AxisSet, countAxisSet, emptyAxisSet } from "./axisSet.ts";
import { unionAllAxisSets } from "./axisSetAlgebra.ts";
import { extremeOfAxisSet, sliceAxisSet } from "./axisSetRanks.ts";
import type { PartitionsSubset } from "./partitionsSubset.ts";

/** The first `n` partitions in order of their coordinates, parts of the key from left to right; all if there are fewer. */
export function firstOfSubset<D extends PartitionsDefinition>(
  subset: PartitionsSubset<D>,
  n: number,
): PartitionsSubset<D> {
  if (n === 1) return extremeOfSubset(subset, false);
  return inKeyOrder(subset, (set) => sliceAxisSet(set, 0, n));
}

/** The last `n` partitions in order of their coordinates; all if there are fewer. */
export function lastOfSubset<D extends PartitionsDefinition>(
  subset: PartitionsSubset<D>,
  n: number,
): PartitionsSubset<D> {
  if (n === 1) return extremeOfSubset(subset, true);
  return inKeyOrder(subset, (set) => sliceAxisSet(set, countAxisSet(set) - n, Infinity));
}

/**
 * `n` partitions spread evenly over the subset, including the first and the last; all if there are
 * fewer.
 */
export function spreadOfSubset<D extends PartitionsDefinition>(
  subset: PartitionsSubset<D>,
  n: number,
): PartitionsSubset<D> {
  return inKeyOrder(subset, (set) => {
    const count = countAxisSet(set);
    if (n >= count) return set;
    if (set.kind !== "groups") return spreadIntegers(set, n);
    const ranks = Array.from({ length: Math.max(0, n) }, (_, index) =>
      n === 1 ? 0 : Math.floor((index * (count - 1)) / (n - 1)),
    );
    const single = ranks.map((rank) => sliceAxisSet(set, rank, rank + 1));
    return unionAllAxisSets(single, emptyAxisSet(axisLayout(subset.definition).axes.length));
  });
}

function extremeOfSubset<D extends PartitionsDefinition>(
  { definition, coordinates }: PartitionsSubset<D>,
  isLast: boolean,
): PartitionsSubset<D> {
  const { axisOfPart } = axisLayout(definition);
  return { definition, coordinates: extremeOfAxisSet(coordinates, axisOfPart, isLast) };
}

function inKeyOrder<D extends PartitionsDefinition>(
  subset: PartitionsSubset<D>,
  choose: (set: AxisSet) => AxisSet,
): PartitionsSubset<D> {
  const { axisOfPart } = axisLayout(subset.definition);
  const chosen = choose(reorderAxes(subset.coordinates, axisOfPart));
  return {
    definition: subset.definition,
    coordinates: reorderAxes(chosen, inverseOrder(axisOfPart)),
  };
}
