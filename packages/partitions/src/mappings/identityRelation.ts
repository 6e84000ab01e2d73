import { viewAxis } from "../definitions/viewAxis.ts";
import type { AxisDefinition } from "../definitions/partitionsDefinition.ts";
import { intersectIntegers, subtractIntegers } from "../integers/integerAlgebra.ts";
import { integers } from "../integers/integerQueries.ts";
import { type IntegerSet, noIntegers } from "../integers/integerSet.ts";
import { integersFromSorted } from "../integers/makeIntegers.ts";
import { isSameDefinition } from "../subsets/partitionsSubset.ts";
import type { AxisRelation } from "./axisRelation.ts";

/**
 * Relates equal keys: by set algebra if the coordinates of both axes have the same meaning,
 * otherwise key by key.
 */
export function identityRelation(
  upstream: AxisDefinition,
  downstream: AxisDefinition,
): AxisRelation {
  if (isSameDefinition(upstream, downstream)) {
    return {
      upstreamOf(input, context) {
        const existing = intersectIntegers(input, viewAxis(upstream, context).existing());
        return { existing, nonexistent: subtractIntegers(input, existing), unknownKeys: [] };
      },
      downstreamOf: (input, context) =>
        intersectIntegers(input, viewAxis(downstream, context).existing()),
    };
  }
  return {
    upstreamOf(input, context) {
      const from = viewAxis(downstream, context);
      const to = viewAxis(upstream, context);
      const unknownKeys: string[] = [];
      const existing = translate(input, (coordinate) => {
        const key = from.keyAt(coordinate);
        const found = to.coordinateOf(key);
        if (found === undefined) unknownKeys.push(key);
        return found;
      });
      return { existing, nonexistent: noIntegers, unknownKeys };
    },
    downstreamOf(input, context) {
      const from = viewAxis(upstream, context);
      const to = viewAxis(downstream, context);
      return translate(input, (coordinate) =>
        from.exists(coordinate) ? to.coordinateOf(from.keyAt(coordinate)) : undefined,
      );
    },
  };
}

function translate(
  input: IntegerSet,
  toCoordinate: (coordinate: number) => number | undefined,
): IntegerSet {
  const found: number[] = [];
  for (const coordinate of integers(input)) {
    const translated = toCoordinate(coordinate);
    if (translated !== undefined) found.push(translated);
  }
  return integersFromSorted(Float64Array.from(found).sort());
}
