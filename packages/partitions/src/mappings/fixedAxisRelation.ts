import type { PartitionsContext } from "../context/partitionsContext.ts";
import { viewAxis } from "../definitions/viewAxis.ts";
import type { AxisDefinition } from "../definitions/partitionsDefinition.ts";
import { windowOrdinalOf } from "../definitions/timeWindowAnswers.ts";
import { intersectIntegers } from "../integers/integerAlgebra.ts";
import { integerRange, noIntegers } from "../integers/integerSet.ts";
import { integersFromSorted } from "../integers/makeIntegers.ts";
import type { AxisRelation, RequiredCoordinates } from "./axisRelation.ts";

/** Every upstream coordinate for every downstream one. */
export function allAxisRelation(
  upstream: AxisDefinition,
  downstream: AxisDefinition,
): AxisRelation {
  return fixed(downstream, (context) => required(viewAxis(upstream, context).existing()));
}

/** The upstream's last coordinate for every downstream one. */
export function lastAxisRelation(
  upstream: AxisDefinition,
  downstream: AxisDefinition,
): AxisRelation {
  return fixed(downstream, (context) => {
    const view = viewAxis(upstream, context);
    if (view.count === 0) return required(noIntegers);
    const last = view.coordinateAt(view.count - 1);
    return required(integerRange(last, last + 1));
  });
}

/** The coordinates of some keys for every downstream one. */
export function specificAxisRelation(
  upstream: AxisDefinition,
  downstream: AxisDefinition,
  keys: readonly string[],
): AxisRelation {
  return fixed(downstream, (context) => {
    const view = viewAxis(upstream, context);
    const existing: number[] = [];
    const nonexistent: number[] = [];
    const unknownKeys: string[] = [];
    for (const key of keys) {
      const coordinate = view.coordinateOf(key);
      const ordinal = windowOrdinalOf(upstream, key);
      if (coordinate !== undefined) existing.push(coordinate);
      else if (ordinal !== undefined) nonexistent.push(ordinal);
      else unknownKeys.push(key);
    }
    return {
      existing: integersFromSorted(existing.sort((a, b) => a - b)),
      nonexistent: integersFromSorted(nonexistent.sort((a, b) => a - b)),
      unknownKeys,
    };
  });
}

function fixed(
  downstream: AxisDefinition,
  requiredNow: (context: PartitionsContext) => RequiredCoordinates,
): AxisRelation {
  return {
    upstreamOf: (_, context) => requiredNow(context),
    downstreamOf(input, context) {
      const feeds = intersectIntegers(requiredNow(context).existing, input).count > 0;
      return feeds ? viewAxis(downstream, context).existing() : noIntegers;
    },
  };
}

function required(existing: RequiredCoordinates["existing"]): RequiredCoordinates {
  return { existing, nonexistent: noIntegers, unknownKeys: [] };
}
