import {
  asTimeWindows,
  axesOf,
  integerLimit,
  listedKeysOf,
  type PartitionsDefinition,
  timeWindowEngine,
} from "@infill/partitions";

/**
 * How an asset with several dimensions places its lanes: up to 64 lanes that are neighbors on one
 * axis share keys. A row of a tile is one ordinal of the bit axis, with a place for each lane.
 */
export interface TileLayout {
  /** Index of the axis whose keys are neighbors; never the bit axis. */
  readonly axis: number;
  /** Lanes of a tile: a power of two, 2 to 64. */
  readonly width: number;
  /** The ordinal on the bit axis whose row is row 0. */
  readonly base: number;
}

const mostLanes = 64;
/** 2200-01-01. */
const lastMs = Date.UTC(2200, 0, 1);
/** Lanes of a tile whose keys are not listed in the definition: there may be few of them. */
const fewLanes = 16;

/**
 * The layout that an asset gets when it is registered.
 *
 * @returns undefined for an asset with one axis, or with one key on all others
 */
export function newTileLayout(definition: PartitionsDefinition): TileLayout | undefined {
  const axes = axesOf(definition);
  const bit = axes.at(-1)?.definition;
  let best: Omit<TileLayout, "base"> | undefined;
  let most = 1;
  for (const [axis, { definition: own }] of axes.slice(0, -1).entries()) {
    const lanes = listedKeysOf(own)?.length ?? fewLanes;
    if (lanes < 2 || lanes < most) continue;
    most = lanes;
    best = { axis, width: Math.min(mostLanes, 2 ** Math.ceil(Math.log2(lanes))) };
  }
  if (best === undefined) return undefined;
  const windows = bit && asTimeWindows(bit);
  if (windows === undefined) return { ...best, base: 0 };
  const { firstOrdinal: base, ticks } = timeWindowEngine(windows);
  let { width } = best;
  // Places have to fit in 32 bits.
  while ((ticks.ordinalAtOrAfter(lastMs) - base) * width > integerLimit) width /= 2;
  return width < 2 ? undefined : { axis: best.axis, width, base };
}

/** The text of a layout in Redis: "<axis>:<width>:<base>"; "" for none. */
export function formatTileLayout(layout: TileLayout | undefined): string {
  return layout === undefined ? "" : `${layout.axis}:${layout.width}:${layout.base}`;
}

/**
 * Parses the text of `formatTileLayout`.
 *
 * @param axes how many the asset has
 * @returns null for text of another form
 */
export function parseTileLayout(text: string, axes: number): TileLayout | undefined | null {
  if (text === "") return undefined;
  const [, axis = "", width = "", base = ""] =
    /^(\d{1,3}):(2|4|8|16|32|64):(-?\d{1,12})$/.exec(text) ?? [];
  if (base === "" || Number(axis) > axes - 2) return null;
  return { axis: Number(axis), width: Number(width), base: Number(base) };
}
