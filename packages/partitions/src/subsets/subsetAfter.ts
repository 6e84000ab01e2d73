import type { PartitionsContext } from "../context/partitionsContext.ts";
import { asTimeWindows } from "../definitions/axisKinds.ts";
import { axisLayout } from "../definitions/axes.ts";
import type { AxisView } from "../definitions/axisView.ts";
import { axisViews } from "../definitions/partitionAnswers.ts";
import type { PartitionsDefinition } from "../definitions/partitionsDefinition.ts";
import { viewAxis } from "../definitions/viewAxis.ts";
import { type IntegerSet, integerRange, noIntegers } from "../integers/integerSet.ts";
import { integersFromSorted } from "../integers/makeIntegers.ts";
import { intersectIntegers } from "../integers/integerAlgebra.ts";
import { productOfAxes } from "./axisSet.ts";
import { emptySubset, type PartitionsSubset } from "./partitionsSubset.ts";
import { intersectSubsets, unionSubsets } from "./subsetAlgebra.ts";

/** A place in the order of one axis, whether a coordinate exists there or not. */
export interface AxisPlace {
  /** The coordinate at the place; undefined if there is none any more. */
  readonly coordinate: number | undefined;
  /** How many existing coordinates are before the place or at it; 0 to the axis' count. */
  readonly passed: number;
}

/**
 * The place of a coordinate of an axis by time or of static keys.
 *
 * @param coordinate may be one that does not exist: then the place is between existing ones
 */
export function axisPlaceOf(
  definition: PartitionsDefinition,
  axis: number,
  coordinate: number,
  context: PartitionsContext,
): AxisPlace {
  const found = axisLayout(definition).axes[axis];
  if (found === undefined) return { coordinate: undefined, passed: 0 };
  const view = viewAxis(found.definition, context);
  if (view.exists(coordinate)) return { coordinate, passed: view.positionOf(coordinate) + 1 };
  // A static key's coordinate is its position, so one beyond the last has passed them all.
  const before = asTimeWindows(found.definition) ? view.positionOf(coordinate) : coordinate;
  return { coordinate: undefined, passed: Math.min(Math.max(before, 0), view.count) };
}

/**
 * The partitions of a subset after a place in definition order. Uses set algebra, no listing.
 *
 * @param place the place on each axis, in the order of coordinates
 */
export function subsetAfter<D extends PartitionsDefinition>(
  subset: PartitionsSubset<D>,
  place: readonly AxisPlace[],
  context: PartitionsContext,
): PartitionsSubset<D> {
  const { definition } = subset;
  const { axisOfPart } = axisLayout(definition);
  const views = axisViews(definition, context);
  let after = emptySubset(definition);
  // Equal in the earlier parts, later in this part, anything in the later parts.
  const sides = views.map((view) => view.existing());
  for (const axis of axisOfPart) {
    const view = views[axis];
    const at = place[axis];
    if (view === undefined || at === undefined) break;
    const later = sides.with(axis, coordinatesFrom(view, at.passed));
    after = unionSubsets(after, { definition, coordinates: productOfAxes(later) });
    if (at.coordinate === undefined) break;
    sides[axis] = integerRange(at.coordinate, at.coordinate + 1);
  }
  return intersectSubsets(subset, after);
}

/** The coordinates from a position of an axis on. */
function coordinatesFrom(view: AxisView, position: number): IntegerSet {
  if (position >= view.count) return noIntegers;
  if (view.isAscending) {
    const end = view.coordinateAt(view.count - 1) + 1;
    return intersectIntegers(view.existing(), integerRange(view.coordinateAt(position), end));
  }
  const found = Int32Array.from({ length: view.count - position }, (_, index) =>
    view.coordinateAt(position + index),
  );
  return integersFromSorted(found.sort());
}
