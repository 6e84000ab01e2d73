import type { AxisCover } from "@infill/partitions";
import { addressAt, ordinalsAt } from "../keys/assetOrdinals.ts";
import { pageRecords } from "../keys/keys.ts";
import type { PartitionAddress } from "../keys/partitionAddress.ts";
import type { TileLayout } from "../keys/tiles.ts";

/** How a definition's partitions are addressed, and another's. */
export interface LayoutChange {
  readonly from: TileLayout | undefined;
  readonly to: TileLayout | undefined;
}

/** Neighboring places of a page that are neighbors under another definition too. */
export interface PlacedRun {
  /** The first place in the page. */
  readonly place: number;
  readonly length: number;
  /** The address of the first one under the other definition. */
  readonly to: PartitionAddress;
}

/** Coordinates of the bit axis that are mapped at once. */
const blockLength = 128;
/** Blocks that are kept: a megabyte. Other lanes of the asset have the same coordinates. */
const mostBlocks = 1_024;

/** Lanes whose rows are kept. */
const mostLanes = 10_000;

/** The rows of a lane, whose partitions stay neighbors in their order. */
interface PlacedRows {
  readonly lane: string;
  /** Partitions of a row; 1 without tiles. */
  readonly width: number;
}

/** Finds the addresses of an asset's partitions under another definition, page by page. */
export class PagePlaces {
  readonly #covers: readonly AxisCover[];
  readonly #layouts: LayoutChange;
  /** Mapped coordinates of the bit axis; NaN for none. */
  readonly #blocks = new Map<number, Float64Array>();
  readonly #lanes = new Map<string, PlacedRows | undefined>();

  constructor(covers: readonly AxisCover[], layouts: LayoutChange) {
    this.#covers = covers;
    this.#layouts = layouts;
  }

  /**
   * A page's places, without those whose partition the other definition does not have.
   *
   * @param first the ordinal of the page's first place
   */
  runsOf(lane: string, first: number): PlacedRun[] {
    const row = this.#rowsOf(lane);
    return row === undefined ? this.#singleRuns(lane, first) : this.#rowRuns(row, first);
  }

  /** Whole rows: only the bit axis has to be mapped. */
  #rowRuns({ lane, width }: PlacedRows, first: number): PlacedRun[] {
    const { from, to } = this.#layouts;
    const runs = new RunList();
    const firstRow = first / width + (from?.base ?? 0);
    for (let row = 0; row * width < pageRecords; row++) {
      const bit = this.#onBitAxis(firstRow + row);
      if (bit !== undefined) runs.add(row * width, width, lane, (bit - (to?.base ?? 0)) * width);
    }
    return runs.runs;
  }

  #singleRuns(lane: string, first: number): PlacedRun[] {
    const runs = new RunList();
    for (let place = 0; place < pageRecords; place++) {
      const to = this.#addressOf({ lane, ordinal: first + place });
      if (to !== undefined) runs.add(place, 1, to.lane, to.ordinal);
    }
    return runs.runs;
  }

  /** The address under the other definition; undefined if that has no such window or key. */
  #addressOf(address: PartitionAddress): PartitionAddress | undefined {
    const ordinals = ordinalsAt(address, this.#layouts.from);
    const bit = this.#covers.length - 1;
    if (ordinals.length !== this.#covers.length) return undefined;
    const mapped: number[] = [];
    for (const [axis, ordinal] of ordinals.entries()) {
      const found =
        axis === bit ? this.#onBitAxis(ordinal) : this.#covers[axis]?.toPresent(ordinal);
      if (found === undefined) return undefined;
      mapped.push(found);
    }
    return addressAt(mapped, this.#layouts.to);
  }

  #onBitAxis(coordinate: number): number | undefined {
    const number = Math.floor(coordinate / blockLength);
    let block = this.#blocks.get(number);
    if (block === undefined) {
      const map = this.#covers.at(-1)?.toPresent;
      block = Float64Array.from(
        { length: blockLength },
        (_, at) => map?.(number * blockLength + at) ?? Number.NaN,
      );
      if (this.#blocks.size >= mostBlocks) this.#blocks.clear();
      this.#blocks.set(number, block);
    }
    const mapped = block[coordinate - number * blockLength];
    return mapped === undefined || Number.isNaN(mapped) ? undefined : mapped;
  }

  /** Where a lane's rows go; undefined if the partitions of a row do not stay neighbors. */
  #rowsOf(lane: string): PlacedRows | undefined {
    if (this.#lanes.has(lane)) return this.#lanes.get(lane);
    const rows = this.#findRows(lane);
    if (this.#lanes.size >= mostLanes) this.#lanes.clear();
    this.#lanes.set(lane, rows);
    return rows;
  }

  #findRows(lane: string): PlacedRows | undefined {
    const { from, to } = this.#layouts;
    if (from?.axis !== to?.axis || from?.width !== to?.width) return undefined;
    const width = from?.width ?? 1;
    const base = to?.base ?? 0;
    const places: PartitionAddress[] = [];
    for (let member = 0; member < width; member++) {
      const ordinals = ordinalsAt({ lane, ordinal: member }, from).slice(0, -1);
      if (ordinals.length !== this.#covers.length - 1) return undefined;
      const mapped = ordinals.flatMap((each, axis) => this.#covers[axis]?.toPresent(each) ?? []);
      if (mapped.length < ordinals.length) return undefined;
      places.push(addressAt([...mapped, base], to));
    }
    const target = places[0]?.lane ?? "";
    const isWhole = places.every((each, member) => each.lane === target && each.ordinal === member);
    return isWhole ? { lane: target, width } : undefined;
  }
}

/** Collects runs, and joins neighbors. */
class RunList {
  readonly runs: PlacedRun[] = [];
  #last: { place: number; length: number; to: PartitionAddress } | undefined;

  add(place: number, length: number, lane: string, ordinal: number): void {
    const last = this.#last;
    if (
      last !== undefined &&
      last.place + last.length === place &&
      last.to.lane === lane &&
      last.to.ordinal + last.length === ordinal
    ) {
      last.length += length;
      return;
    }
    this.#last = { place, length, to: { lane, ordinal } };
    this.runs.push(this.#last);
  }
}
