import { axesOf } from "../definitions/axes.ts";
import { listedKeysOf, listedPositionsOf } from "../definitions/axisKinds.ts";
import { fingerprintOf, isSameFingerprint } from "../definitions/fingerprint.ts";
import type { PartitionsDefinition } from "../definitions/partitionsDefinition.ts";
import { DefinitionMismatchError, SubsetEncodingError } from "../errors/subsetErrors.ts";
import { ByteReader, ByteWriter } from "../integers/bytes.ts";
import { readIntegers, writeIntegers } from "../integers/encodeIntegers.ts";
import { integers, unionAllIntegers } from "../integers/integerQueries.ts";
import { type IntegerSet } from "../integers/integerSet.ts";
import { integersFromSorted } from "../integers/makeIntegers.ts";
import {
  type AxisSet,
  axisGroups,
  emptyAxisSet,
  forEachBox,
  productOfAxes,
  projectAxis,
} from "./axisSet.ts";
import { unionAllAxisSets } from "./axisSetAlgebra.ts";
import type { PartitionsSubset } from "./partitionsSubset.ts";

const version = 1;

/**
 * The subset as bytes: a version, the definition's fingerprint, the listed keys in it, and the
 * coordinates.
 *
 * Static keys are written by name, because their positions change with the list. So the bytes stay
 * readable after keys were inserted or reordered.
 */
export function encodeSubset(subset: PartitionsSubset): Uint8Array {
  const writer = new ByteWriter();
  writer.byte(version);
  writer.text(fingerprintOf(subset.definition));
  axesOf(subset.definition).forEach((axis, index) => {
    const keys = listedKeysOf(axis.definition);
    if (keys === undefined) return;
    const used = projectAxis(subset.coordinates, index);
    writeIntegers(writer, used);
    for (const position of integers(used)) writer.text(keys[position] ?? "");
  });
  writeAxisSet(writer, subset.coordinates);
  return writer.finish();
}

/**
 * The subset of {@link encodeSubset}'s bytes. Leaves out static keys that the definition no longer
 * has.
 *
 * @throws SubsetEncodingError for other bytes, DefinitionMismatchError for a definition whose
 *   coordinates have another meaning
 */
export function decodeSubset<D extends PartitionsDefinition>(
  definition: D,
  bytes: Uint8Array,
): PartitionsSubset<D> {
  const reader = new ByteReader(bytes);
  const written = reader.byte();
  if (written !== version)
    throw new SubsetEncodingError(
      `version ${written} is not known here; this is version ${version}`,
    );
  const fingerprint = reader.text();
  if (!isSameFingerprint(fingerprint, fingerprintOf(definition)))
    throw new DefinitionMismatchError(fingerprintOf(definition), fingerprint);
  const axes = axesOf(definition);
  const moved = axes.map((axis) => {
    const positions = listedPositionsOf(axis.definition);
    if (positions === undefined) return undefined;
    const now = new Map<number, number | undefined>();
    for (const position of integers(readIntegers(reader)))
      now.set(position, positions.get(reader.text()));
    return [...now].every(([before, after]) => before === after) ? undefined : now;
  });
  const coordinates = readAxisSet(reader, axes.length);
  reader.expectEnd();
  return {
    definition,
    coordinates: moved.some((each) => each !== undefined)
      ? moveCoordinates(coordinates, moved)
      : coordinates,
  };
}

function moveCoordinates(
  set: AxisSet,
  moved: readonly (ReadonlyMap<number, number | undefined> | undefined)[],
): AxisSet {
  const boxes: AxisSet[] = [];
  forEachBox(set, (sides) => {
    const now = sides.map((side, axis): IntegerSet => {
      const positions = moved[axis];
      if (positions === undefined) return side;
      const left = [...integers(side)].flatMap((position) => positions.get(position) ?? []);
      return integersFromSorted(left.sort((a, b) => a - b));
    });
    boxes.push(productOfAxes(now));
  });
  return unionAllAxisSets(boxes, emptyAxisSet(moved.length));
}

function writeAxisSet(writer: ByteWriter, set: AxisSet): void {
  if (set.kind !== "groups") {
    writeIntegers(writer, set);
    return;
  }
  writer.unsigned(set.groups.length);
  for (const group of set.groups) {
    writeIntegers(writer, group.coordinates);
    writeAxisSet(writer, group.rest);
  }
}

function readAxisSet(reader: ByteReader, axes: number): AxisSet {
  if (axes === 1) return readIntegers(reader);
  const groups = reader.unsigned();
  const read: { coordinates: IntegerSet; rest: AxisSet }[] = [];
  for (let group = 0; group < groups; group++)
    read.push({ coordinates: readIntegers(reader), rest: readAxisSet(reader, axes - 1) });
  const members = read.reduce((count, group) => count + group.coordinates.count, 0);
  if (unionAllIntegers(read.map((group) => group.coordinates)).count !== members) {
    throw new SubsetEncodingError("its groups overlap");
  }
  return axisGroups(read);
}
