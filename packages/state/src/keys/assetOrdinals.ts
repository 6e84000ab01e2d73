import {
  axesOf,
  type Coordinates,
  forEachLane,
  type IntegerSet,
  integers,
  integersFromSorted,
  type PartitionsDefinition,
  type PartitionsSubset,
  subsetFromLanes,
} from "@infill/partitions";

/** Maps positions of static keys to their registered ordinals; undefined if both are equal. */
export interface StaticOrdinals {
  readonly toOrdinal: Int32Array;
  /** Without the ordinals of keys that left the definition. */
  readonly toPosition: ReadonlyMap<number, number>;
}

/**
 * The ordinals of static keys by position; undefined if each ordinal is its position.
 *
 * @param known how many keys the registry has, including those that left the definition
 */
export function staticOrdinals(toOrdinal: Int32Array, known: number): StaticOrdinals | undefined {
  if (known === toOrdinal.length && toOrdinal.every((ordinal, position) => ordinal === position))
    return undefined;
  return {
    toOrdinal,
    toPosition: new Map(Array.from(toOrdinal, (ordinal, position) => [ordinal, position])),
  };
}

/** Where a partition's state is: its lane as text, and its ordinal on the bit axis. */
export interface PartitionAddress {
  readonly lane: string;
  readonly ordinal: number;
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
    return { lane: ordinals.slice(0, -1).join("."), ordinal: ordinals.at(-1) ?? 0 };
  }

  /** @returns undefined if one of the keys has left the definition */
  coordinatesOf(address: PartitionAddress): Coordinates | undefined {
    const lane = this.laneCoordinates(address.lane);
    const position = this.#position(this.#axes.length - 1, address.ordinal);
    return lane === undefined || position === undefined ? undefined : [...lane, position];
  }

  /** @returns undefined if one of the lane's keys has left the definition */
  laneCoordinates(lane: string): number[] | undefined {
    if (lane === "") return this.#axes.length === 1 ? [] : undefined;
    const parts = lane.split(".").map((text, axis) => this.#position(axis, Number(text)));
    const known = parts.filter((part) => part !== undefined);
    return known.length === parts.length && parts.length === this.#axes.length - 1
      ? known
      : undefined;
  }

  laneOf(coordinates: readonly number[]): string {
    return coordinates.map((coordinate, axis) => this.#ordinal(axis, coordinate)).join(".");
  }

  /** The lanes of a subset. Lanes with the same partitions share one set. */
  lanesOf(subset: PartitionsSubset): LaneOrdinals[] {
    const lanes: LaneOrdinals[] = [];
    const translated = new Map<IntegerSet, IntegerSet>();
    forEachLane(subset, (lane, positions) => {
      let ordinals = translated.get(positions);
      if (ordinals === undefined)
        translated.set(positions, (ordinals = this.toOrdinals(positions)));
      lanes.push({ lane: this.laneOf(lane), ordinals });
    });
    return lanes;
  }

  /** The subset of lanes of ordinals, without keys that have left the definition. */
  subsetOf(lanes: Iterable<LaneOrdinals>): PartitionsSubset {
    const entries: [readonly number[], IntegerSet][] = [];
    for (const { lane, ordinals } of lanes) {
      const coordinates = this.laneCoordinates(lane);
      if (coordinates !== undefined) entries.push([coordinates, this.toPositions(ordinals)]);
    }
    return subsetFromLanes(this.#definition, entries);
  }

  /** The ordinal of a position on the bit axis. */
  ordinalAt(position: number): number {
    return this.#ordinal(this.#axes.length - 1, position);
  }

  /** @returns undefined for a key that has left the definition */
  positionAt(ordinal: number): number | undefined {
    return this.#position(this.#axes.length - 1, ordinal);
  }

  toOrdinals(positions: IntegerSet): IntegerSet {
    const table = this.#axes.at(-1)?.toOrdinal;
    if (table === undefined) return positions;
    return integersFromSorted(
      Array.from(integers(positions), (position) => table[position] ?? position).sort(ascending),
    );
  }

  toPositions(ordinals: IntegerSet): IntegerSet {
    const table = this.#axes.at(-1)?.toPosition;
    if (table === undefined) return ordinals;
    const positions = Array.from(integers(ordinals), (ordinal) => table.get(ordinal));
    return integersFromSorted(
      positions.filter((position) => position !== undefined).sort(ascending),
    );
  }

  #ordinal(axis: number, coordinate: number): number {
    return this.#axes[axis]?.toOrdinal[coordinate] ?? coordinate;
  }

  #position(axis: number, ordinal: number): number | undefined {
    const table = this.#axes[axis];
    return table === undefined ? ordinal : table.toPosition.get(ordinal);
  }
}

function ascending(a: number, b: number): number {
  return a - b;
}
