import type { AxisView } from "../definitions/axisView.ts";
import { noIntegers, type IntegerSet } from "../integers/integerSet.ts";
import { integersFromSorted } from "../integers/makeIntegers.ts";

/**
 * The existing coordinates of an axis whose keys have this prefix and suffix. Reads each key once.
 */
export function keysMatching(view: AxisView, prefix: string, suffix: string): IntegerSet {
  const found: number[] = [];
  for (let position = 0; position < view.count; position++) {
    const coordinate = view.coordinateAt(position);
    const key = view.keyAt(coordinate);
    if (
      key.length >= prefix.length + suffix.length &&
      key.startsWith(prefix) &&
      key.endsWith(suffix)
    )
      found.push(coordinate);
  }
  if (found.length === 0) return noIntegers;
  return integersFromSorted(view.isAscending ? found : found.sort((a, b) => a - b));
}
