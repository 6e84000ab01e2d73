import { CoordinatesError } from "../errors/keyErrors.ts";
import { nearestName } from "../errors/nearestName.ts";
import { integersFromSorted } from "../integers/makeIntegers.ts";
import { type IntegerSet, integerRange } from "../integers/integerSet.ts";
import type { AxisView } from "./axisView.ts";

const sets = new WeakMap<Int32Array, IntegerSet>();

/**
 * The view of an axis whose keys are a list.
 *
 * @param ordinals the coordinate at each position; undefined if that is the position itself
 * @param removedKeyOf the key of a coordinate that was removed
 */
export function listAxisView(
  keys: readonly string[],
  ordinals: Int32Array | undefined,
  positionByKey: ReadonlyMap<string, number>,
  positionByOrdinal: ReadonlyMap<number, number> | undefined,
  removedKeyOf?: (ordinal: number) => string | undefined,
): AxisView {
  const positionOf = (coordinate: number): number | undefined =>
    positionByOrdinal === undefined
      ? keys[coordinate] === undefined
        ? undefined
        : coordinate
      : positionByOrdinal.get(coordinate);
  const coordinateAt = (position: number): number =>
    ordinals === undefined ? position : (ordinals[position] ?? 0);
  return {
    count: keys.length,
    isAscending: ordinals === undefined || isAscending(ordinals),
    existing: () => (ordinals === undefined ? integerRange(0, keys.length) : setOf(ordinals)),
    exists: (coordinate) => positionOf(coordinate) !== undefined,
    coordinateAt,
    positionOf: (coordinate) => positionOf(coordinate) ?? 0,
    keyAt(coordinate) {
      const key = keys[positionOf(coordinate) ?? -1] ?? removedKeyOf?.(coordinate);
      if (key === undefined)
        throw new CoordinatesError([coordinate], `there are ${keys.length} keys and none has it`);
      return key;
    },
    coordinateOf(key) {
      const position = positionByKey.get(key) ?? positionByKey.get(key.normalize("NFC"));
      return position === undefined ? undefined : coordinateAt(position);
    },
    nearestTo(text) {
      const nearest = nearestName(text, keys);
      return nearest === undefined ? [] : [nearest];
    },
    keyDescription: "one of the keys",
  };
}

function isAscending(ordinals: Int32Array): boolean {
  for (let index = 1; index < ordinals.length; index++) {
    if ((ordinals[index] ?? 0) < (ordinals[index - 1] ?? 0)) return false;
  }
  return true;
}

function setOf(ordinals: Int32Array): IntegerSet {
  let set = sets.get(ordinals);
  if (set === undefined) {
    set = integersFromSorted(ordinals.slice().sort());
    sets.set(ordinals, set);
  }
  return set;
}
