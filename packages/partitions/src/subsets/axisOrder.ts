import type { IntegerSet } from "../integers/integerSet.ts";
import { type AxisSet, emptyAxisSet, forEachBox, productOfAxes } from "./axisSet.ts";
import { unionAllAxisSets } from "./axisSetAlgebra.ts";

/**
 * The same set with its axes in another order.
 *
 * @param order for each axis of the result, its index in `set`
 */
export function reorderAxes(set: AxisSet, order: readonly number[]): AxisSet {
  if (order.every((axis, index) => axis === index)) return set;
  const boxes: AxisSet[] = [];
  forEachBox(set, (sides) => {
    boxes.push(
      productOfAxes(
        order.flatMap((axis): IntegerSet[] => (sides[axis] === undefined ? [] : [sides[axis]])),
      ),
    );
  });
  return unionAllAxisSets(boxes, emptyAxisSet(order.length));
}

/** The order that undoes another one. */
export function inverseOrder(order: readonly number[]): readonly number[] {
  return order.map((_, index) => order.indexOf(index));
}
