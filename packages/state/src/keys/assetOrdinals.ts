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
import { interleave, separate } from "./interleave.ts";
import { formatLane, type PartitionAddress, parseLane } from "./partitionAddress.ts";
import type { TileLayout } from "./tiles.ts";

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

/** Partitions whose addresses have one lane, by ordinal. */
export interface LaneOrdinals {
  readonly lane: string;
  readonly ordinals: IntegerSet;
}

/** Where the partitions of one lane have their state. */
export interface LanePlace {
  /** The lane of their addresses, which lanes of a tile share. */
  readonly lane: string;
  /** The lane's place in a row of its tile; 0 without tiles. */
  readonly member: number;
  /** The ordinal of the address at a coordinate of the bit axis. */
  ordinalAt(coordinate: number): number;
  /**
   * The coordinate on the bit axis of an address with this lane and member.
   *
   * @returns undefined for a key that has left the definition
   */
  coordinateAt(ordinal: number): number | undefined;
}

/** The partitions of one lane: its coordinates, and those of the partitions on the bit axis. */
export type LaneCoordinates = readonly [lane: readonly number[], coordinates: IntegerSet];

/**
 * Translates between coordinates, which the pure code uses, and addresses, by which state is
 * stored. An axis has registered ordinals, which differ from its coordinates if static keys were
 * inserted, removed or reordered after their first registration. In an asset with tiles, lanes that
 * are neighbors share an address's lane.
 */
export class AssetOrdinals {
  /** How lanes share keys; undefined if each lane has its own. */
  readonly tile: TileLayout | undefined;
  readonly #definition: PartitionsDefinition;
  readonly #axes: readonly (StaticOrdinals | undefined)[];

  /**
   * @param axes one entry for each axis of the definition, in its order
   * @param tile the layout with which the asset is registered
   */
  constructor(
    definition: PartitionsDefinition,
    axes: readonly (StaticOrdinals | undefined)[],
    tile?: TileLayout,
  ) {
    if (axes.length !== axesOf(definition).length)
      throw new Error("Bug: ordinals for another number of axes");
    this.#definition = definition;
    this.#axes = axes;
    this.tile = tile;
  }

  addressOf(coordinates: Coordinates): PartitionAddress {
    return addressAt(
      coordinates.map((coordinate, axis) => this.#ordinal(axis, coordinate)),
      this.tile,
    );
  }

  /** @returns undefined if one of the keys has left the definition */
  coordinatesOf(address: PartitionAddress): Coordinates | undefined {
    return this.#coordinates(ordinalsAt(address, this.tile), this.#axes.length);
  }

  /** The registered ordinals of a partition, one for each axis. */
  ordinalsOf(address: PartitionAddress): readonly number[] {
    return ordinalsAt(address, this.tile);
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

  /** The place of an ordinal's lane in a row of its tile; 0 without tiles. */
  memberOf(ordinal: number): number {
    return this.tile === undefined ? 0 : modulo(ordinal, this.tile.width);
  }

  /** Text that the addresses of one lane, and no others, have in common. */
  laneKeyOf({ lane, ordinal }: PartitionAddress): string {
    return this.tile === undefined ? lane : `${lane}/${this.memberOf(ordinal)}`;
  }

  /** @param coordinates of the axes other than the bit axis */
  placeOf(coordinates: readonly number[]): LanePlace {
    const { tile } = this;
    const ordinals = coordinates.map((coordinate, axis) => this.#ordinal(axis, coordinate));
    const bit = this.#axes.length - 1;
    const { lane, ordinal: origin } = addressAt([...ordinals, tile?.base ?? 0], tile);
    const { width, base } = tile ?? { width: 1, base: 0 };
    return {
      lane,
      member: origin,
      ordinalAt: (coordinate) => (this.#ordinal(bit, coordinate) - base) * width + origin,
      coordinateAt: (ordinal) => this.#coordinate(bit, (ordinal - origin) / width + base),
    };
  }

  /** The addresses of a subset, by lane. Lanes with the same partitions share one set. */
  lanesOf(subset: PartitionsSubset): LaneOrdinals[] {
    const { tile } = this;
    const lanes: LaneOrdinals[] = [];
    const tiles = new Map<string, (IntegerSet | undefined)[]>();
    const translated = new Map<IntegerSet, IntegerSet>();
    forEachLane(subset, (coordinates, onBitAxis) => {
      let ordinals = translated.get(onBitAxis);
      if (ordinals === undefined)
        translated.set(onBitAxis, (ordinals = this.#toOrdinals(onBitAxis)));
      const { lane, member } = this.placeOf(coordinates);
      if (tile === undefined) {
        lanes.push({ lane, ordinals });
        return;
      }
      const members = tiles.get(lane) ?? new Array<IntegerSet | undefined>(tile.width);
      tiles.set(lane, members);
      members[member] = ordinals;
    });
    if (tile === undefined) return lanes;
    // Most tiles of a product have the same lanes with the same ordinals.
    const same = new Map<IntegerSet, Map<string, IntegerSet>>();
    for (const [lane, members] of tiles) {
      const [shared, places] = sharedSet(members);
      if (shared === undefined) {
        lanes.push({ lane, ordinals: interleave(members, tile) });
        continue;
      }
      const byPlaces = same.get(shared) ?? new Map<string, IntegerSet>();
      same.set(shared, byPlaces);
      let ordinals = byPlaces.get(places);
      if (ordinals === undefined) byPlaces.set(places, (ordinals = interleave(members, tile)));
      lanes.push({ lane, ordinals });
    }
    return lanes;
  }

  /** The subset of some addresses, without keys that have left the definition. */
  subsetOf(lanes: Iterable<LaneOrdinals>): PartitionsSubset {
    return subsetFromLanes(this.#definition, this.coordinatesByLane(lanes));
  }

  /** The same by lane. Not every lane is listed only once. */
  coordinatesByLane(lanes: Iterable<LaneOrdinals>): LaneCoordinates[] {
    const { tile } = this;
    const entries: LaneCoordinates[] = [];
    const translated = new Map<IntegerSet, IntegerSet>();
    const add = (ordinals: readonly number[], onBitAxis: IntegerSet) => {
      const lane = this.#coordinates(ordinals, this.#axes.length - 1);
      if (lane === undefined) return;
      let coordinates = translated.get(onBitAxis);
      if (coordinates === undefined)
        translated.set(onBitAxis, (coordinates = this.#toCoordinates(onBitAxis)));
      entries.push([lane, coordinates]);
    };
    const separated = new Map<IntegerSet, ReturnType<typeof separate>>();
    for (const { lane, ordinals } of lanes) {
      if (tile === undefined) {
        add(parseLane(lane), ordinals);
        continue;
      }
      let members = separated.get(ordinals);
      if (members === undefined) separated.set(ordinals, (members = separate(ordinals, tile)));
      for (const [member, set] of members.entries())
        if (set !== undefined) add(ordinalsAt({ lane, ordinal: member }, tile).slice(0, -1), set);
    }
    return entries;
  }

  #toOrdinals(coordinates: IntegerSet): IntegerSet {
    const table = this.#axes.at(-1)?.toOrdinal;
    if (table === undefined) return coordinates;
    return integersFromSorted(
      Array.from(integers(coordinates), (coordinate) => table[coordinate] ?? coordinate).sort(
        ascending,
      ),
    );
  }

  #toCoordinates(ordinals: IntegerSet): IntegerSet {
    const table = this.#axes.at(-1)?.toCoordinate;
    if (table === undefined) return ordinals;
    const coordinates = Array.from(integers(ordinals), (ordinal) => table.get(ordinal));
    return integersFromSorted(
      coordinates.filter((coordinate) => coordinate !== undefined).sort(ascending),
    );
  }

  /** @returns undefined if there are not `count` ordinals, or one's key has left the definition */
  #coordinates(ordinals: readonly number[], count: number): number[] | undefined {
    if (ordinals.length !== count) return undefined;
    const coordinates: number[] = [];
    for (const [axis, ordinal] of ordinals.entries()) {
      const coordinate = this.#coordinate(axis, ordinal);
      if (coordinate === undefined) return undefined;
      coordinates.push(coordinate);
    }
    return coordinates;
  }

  #ordinal(axis: number, coordinate: number): number {
    return this.#axes[axis]?.toOrdinal[coordinate] ?? coordinate;
  }

  #coordinate(axis: number, ordinal: number): number | undefined {
    const table = this.#axes[axis];
    return table === undefined ? ordinal : table.toCoordinate.get(ordinal);
  }
}

/** The address of a partition by its registered ordinals, one for each axis. */
export function addressAt(
  ordinals: readonly number[],
  tile: TileLayout | undefined,
): PartitionAddress {
  const lane = ordinals.slice(0, -1);
  const bit = ordinals.at(-1) ?? 0;
  if (tile === undefined) return { lane: formatLane(lane), ordinal: bit };
  const own = ordinals[tile.axis] ?? 0;
  lane[tile.axis] = Math.floor(own / tile.width);
  const ordinal = (bit - tile.base) * tile.width + modulo(own, tile.width);
  return { lane: formatLane(lane), ordinal };
}

/** The registered ordinals of a partition, one for each axis. */
export function ordinalsAt(
  { lane, ordinal }: PartitionAddress,
  tile: TileLayout | undefined,
): readonly number[] {
  const ordinals = parseLane(lane);
  if (tile === undefined) return [...ordinals, ordinal];
  const { axis, width, base } = tile;
  ordinals[axis] = (ordinals[axis] ?? 0) * width + modulo(ordinal, width);
  return [...ordinals, Math.floor(ordinal / width) + base];
}

/** The set that all lanes of a tile have, if they have one, and the text of their places. */
function sharedSet(
  members: readonly (IntegerSet | undefined)[],
): [set: IntegerSet | undefined, places: string] {
  let shared: IntegerSet | undefined;
  const places: number[] = [];
  for (const [place, set] of members.entries()) {
    if (set === undefined) continue;
    if (shared !== undefined && set !== shared) return [undefined, ""];
    shared = set;
    places.push(place);
  }
  return [shared, places.join(" ")];
}

function modulo(value: number, width: number): number {
  return ((value % width) + width) % width;
}

function ascending(a: number, b: number): number {
  return a - b;
}
