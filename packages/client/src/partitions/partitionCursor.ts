import { InvalidOptionsError } from "@infill/core";
import {
  asTimeWindows,
  axesOf,
  type AxisPlace,
  axisPlaceOf,
  type Coordinates,
  dimensionNames,
  dynamicNameOf,
  hasDimensions,
  partitionKeyAt,
  partitionOfKey,
  type PartitionsContext,
  type PartitionsDefinition,
  partsOfKey,
} from "@infill/partitions";
import type { DynamicKeySets } from "@infill/state";

/*
 * The cursor of a list of partitions: "@", a place on each axis in the order of coordinates, ":"
 * and the key, such as "@1732-0.4,19723:us|2024-01-01". On a time axis the place is the ordinal,
 * whose meaning never changes. On an axis of dynamic keys it is the change that added the key, and
 * its ordinal. On an axis of static keys it is the position; the key gives the present position.
 */

/** The cursor of a partition. */
export function partitionCursor(
  dynamic: DynamicKeySets,
  definition: PartitionsDefinition,
  coordinates: Coordinates,
  context: PartitionsContext,
): string {
  const places = axesOf(definition).map(({ definition: axis }, index) => {
    const coordinate = coordinates[index] ?? 0;
    const name = dynamicNameOf(axis);
    if (name === undefined) return String(coordinate);
    const place = dynamic.history(name).placeOf(coordinate);
    // The key was removed after the page was read. Listing keys twice is better than skipping some.
    return `${place?.revision ?? "0-0"}.${coordinate}`;
  });
  return `@${places.join(",")}:${partitionKeyAt(definition, coordinates, context)}`;
}

/**
 * Parses a cursor to the place on each axis, in the order of coordinates. Also accepts a partition
 * key, the cursor of earlier versions.
 *
 * @throws InvalidOptionsError
 */
export function placeOfCursor(
  dynamic: DynamicKeySets,
  definition: PartitionsDefinition,
  cursor: string,
  context: PartitionsContext,
): readonly AxisPlace[] {
  const [, written = "", key = cursor] = /^@([\d.,-]{1,400}):(.*)$/s.exec(cursor) ?? [];
  const now = partitionOfKey(definition, key, context);
  const texts = written === "" ? [] : written.split(",");
  const parts = partsOfKey(definition, key);
  const places = axesOf(definition).map(({ name, definition: axis }, index) => {
    const text = texts[index];
    if (text === undefined) return presentPlaceOf(definition, index, now?.[index], context);
    const dynamicName = dynamicNameOf(axis);
    if (dynamicName !== undefined) return dynamicPlaceOf(dynamic, dynamicName, text, context);
    const at = ordinalOf(text);
    if (at === undefined) return undefined;
    if (asTimeWindows(axis) !== undefined) return axisPlaceOf(definition, index, at, context);
    const part = hasDimensions(definition) ? dimensionNames(definition).indexOf(name) : 0;
    const [coordinate] = partitionOfKey(axis, parts[part] ?? "", context) ?? [];
    return coordinate === undefined
      ? { coordinate, passed: at }
      : axisPlaceOf(definition, index, coordinate, context);
  });
  const found = places.filter((place) => place !== undefined);
  if (found.length === places.length && (texts.length === 0 || texts.length === places.length))
    return found;
  throw new InvalidOptionsError(
    "page",
    "cursor",
    "it is not a place in the list; use the nextCursor of a page",
  );
}

/** The place of a key that was removed, or added again later, is between keys that have stayed. */
function dynamicPlaceOf(
  dynamic: DynamicKeySets,
  name: string,
  text: string,
  context: PartitionsContext,
): AxisPlace | undefined {
  const [, revision, written] = /^(\d{1,15}-\d{1,15})\.(\d{1,13})$/.exec(text) ?? [];
  if (revision === undefined) return undefined;
  const ordinal = Number(written);
  const history = dynamic.history(name);
  const isUpTo = history.upTo({ revision, ordinal });
  const ordinals = context.dynamicKeys?.get(name)?.ordinals ?? [];
  let passed = ordinals.length;
  // From the end. A key that was removed after the context was read has no place, and sorts before
  // the others.
  for (; passed > 0; passed--) {
    const place = history.placeOf(ordinals[passed - 1] ?? 0);
    if (place !== undefined && isUpTo(place)) break;
  }
  const isThere = history.placeOf(ordinal)?.revision === revision;
  return { coordinate: isThere ? ordinal : undefined, passed };
}

/** The place of an existing coordinate on an axis. */
function presentPlaceOf(
  definition: PartitionsDefinition,
  index: number,
  coordinate: number | undefined,
  context: PartitionsContext,
): AxisPlace | undefined {
  const axis = axesOf(definition)[index]?.definition;
  if (coordinate === undefined) return undefined;
  const name = axis && dynamicNameOf(axis);
  if (name === undefined) return axisPlaceOf(definition, index, coordinate, context);
  const position = context.dynamicKeys?.get(name)?.positionByOrdinal.get(coordinate) ?? 0;
  return { coordinate, passed: position + 1 };
}

function ordinalOf(text: string): number | undefined {
  return /^-?\d{1,10}$/.test(text) ? Number(text) : undefined;
}
