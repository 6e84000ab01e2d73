import {
  axesOf,
  type Coordinates,
  forEachLane,
  type IntegerSet,
  integers,
  integersFromSorted,
  partitionKeyAt,
  type PartitionsContext,
  type PartitionsDefinition,
  type PartitionsSubset,
  subsetFromLanes,
} from "@infill/partitions";
import { formatLane, type PartitionAddress, parseLane } from "./partitionAddress.ts";

/** Maps coordinates of static keys to their registered ordinals; undefined if both are equal. */
export interface StaticOrdinals {
  readonly toOrdinal: Int32Array;
  /** Without the ordinals of keys that left the definition. */
  readonly toCoordinate: ReadonlyMap<number, number>;
}

/**
 * The ordinals of static keys by coordinate; undefined if each ordinal is its coordinate.
 *
 * @param known how many keys the registry has, including those that left the definition
 */
export function staticOrdinals(toOrdinal: Int32Array, known: number): StaticOrdinals | undefined {
  if (
    known === toOrdinal.length &&
    toOrdinal.every((ordinal, coordinate) => ordinal === coordinate)
  )
    return undefined;
  return {
    toOrdinal,
    toCoordinate: new Map(Array.from(toOrdinal, (ordinal, coordinate) => [ordinal, coordinate])),
  };
}

/** The partitions of one lane, by ordinal. */
export interface LaneOrdinals {
  readonly lane: string;
  readonly ordinals: IntegerSet;
}

/**
 * Translates between coordinates, which the pure code uses, and registered ordinals, by which state
 * is stored. They differ only on static axes whose keys were inserted, removed or reordered after
 * their first registration.
 */
export class AssetOrdinals {
  readonly #definition: PartitionsDefinition;
  readonly #axes: readonly (StaticOrdinals | undefined)[];

  /** @param axes one entry for each axis of the definition, in its order */
  constructor(definition: PartitionsDefinition, axes: readonly (StaticOrdinals | undefined)[]) {
    if (axes.length !== axesOf(definition).length)
      throw new Error("Bug: ordinals for another number of axes");
    this.#definition = definition;
    this.#axes = axes;
  }

  addressOf(coordinates: Coordinates): PartitionAddress {
    const ordinals = coordinates.map((coordinate, axis) => this.#ordinal(axis, coordinate));
    return { lane: formatLane(ordinals.slice(0, -1)), ordinal: ordinals.at(-1) ?? 0 };
  }

  /** @returns undefined if one of the keys has left the definition */
  coordinatesOf(address: PartitionAddress): Coordinates | undefined {
    const lane = this.laneCoordinates(address.lane);
    const coordinate = this.#coordinate(this.#axes.length - 1, address.ordinal);
    return lane === undefined || coordinate === undefined ? undefined : [...lane, coordinate];
  }

  /**
   * The key of a partition.
   *
   * @param context which dynamic keys exist
   * @returns undefined for a key that has left the definition
   */
  keyAt(address: PartitionAddress, context: PartitionsContext): string | undefined {
    const coordinates = this.coordinatesOf(address);
    return coordinates === undefined
      ? undefined
      : partitionKeyAt(this.#definition, coordinates, context);
  }

  /** @returns undefined if one of the lane's keys has left the definition */
  laneCoordinates(lane: string): number[] | undefined {
    const parts = parseLane(lane).map((ordinal, axis) => this.#coordinate(axis, ordinal));
    const known = parts.filter((part) => part !== undefined);
    return known.length === parts.length && parts.length === this.#axes.length - 1
      ? known
      : undefined;
  }

  laneOf(coordinates: readonly number[]): string {
    return formatLane(coordinates.map((coordinate, axis) => this.#ordinal(axis, coordinate)));
  }

  /** The lanes of a subset. Lanes with the same partitions share one set. */
  lanesOf(subset: PartitionsSubset): LaneOrdinals[] {
    const lanes: LaneOrdinals[] = [];
    const translated = new Map<IntegerSet, IntegerSet>();
    forEachLane(subset, (lane, coordinates) => {
      let ordinals = translated.get(coordinates);
      if (ordinals === undefined)
        translated.set(coordinates, (ordinals = this.toOrdinals(coordinates)));
      lanes.push({ lane: this.laneOf(lane), ordinals });
    });
    return lanes;
  }

  /** The subset of lanes of ordinals, without keys that have left the definition. */
  subsetOf(lanes: Iterable<LaneOrdinals>): PartitionsSubset {
    const entries: [readonly number[], IntegerSet][] = [];
    for (const { lane, ordinals } of lanes) {
      const coordinates = this.laneCoordinates(lane);
      if (coordinates !== undefined) entries.push([coordinates, this.toCoordinates(ordinals)]);
    }
    return subsetFromLanes(this.#definition, entries);
  }

  /** The ordinal of a coordinate on the bit axis. */
  ordinalAt(coordinate: number): number {
    return this.#ordinal(this.#axes.length - 1, coordinate);
  }

  /** @returns undefined for a key that has left the definition */
  coordinateAt(ordinal: number): number | undefined {
    return this.#coordinate(this.#axes.length - 1, ordinal);
  }

  toOrdinals(coordinates: IntegerSet): IntegerSet {
    const table = this.#axes.at(-1)?.toOrdinal;
    if (table === undefined) return coordinates;
    return integersFromSorted(
      Array.from(integers(coordinates), (coordinate) => table[coordinate] ?? coordinate).sort(
        ascending,
      ),
    );
  }

  toCoordinates(ordinals: IntegerSet): IntegerSet {
    const table = this.#axes.at(-1)?.toCoordinate;
    if (table === undefined) return ordinals;
    const coordinates = Array.from(integers(ordinals), (ordinal) => table.get(ordinal));
    return integersFromSorted(
      coordinates.filter((coordinate) => coordinate !== undefined).sort(ascending),
    );
  }

  #ordinal(axis: number, coordinate: number): number {
    return this.#axes[axis]?.toOrdinal[coordinate] ?? coordinate;
  }

  #coordinate(axis: number, ordinal: number): number | undefined {
    const table = this.#axes[axis];
    return table === undefined ? ordinal : table.toCoordinate.get(ordinal);
  }
}

function ascending(a: number, b: number): number {
  return a - b;
}
