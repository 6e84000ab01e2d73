import { MappingOptionError } from "../errors/mappingErrors.ts";
import { quoteValue } from "../errors/quoteValue.ts";

/**
 * How the partitions of an upstream relate to those of a downstream. Plain data with a discriminant
 * `kind`.
 */
export type PartitionMapping =
  | IdentityMapping
  | TimeWindowMapping
  | LatestOverlappingMapping
  | AllPartitionsMapping
  | LastPartitionMapping
  | SpecificPartitionsMapping
  | StaticMapping
  | DimensionMapping
  | MultiMapping;

/** The same key on both sides. */
export interface IdentityMapping {
  readonly kind: "identity";
}

/** Every upstream window that overlaps the downstream window after a shift of its ends. */
export interface TimeWindowMapping {
  readonly kind: "timeWindow";
  /** By how many downstream partitions the window's start moves; at most `endOffset`. */
  readonly startOffset: number;
  /** By how many downstream partitions the window's end moves. */
  readonly endOffset: number;
  /** Whether to ignore required upstream partitions that do not exist. */
  readonly allowNonexistentUpstream: boolean;
  /** Whether the two sides may be in different zones. */
  readonly acrossTimezones: boolean;
}

/** The one upstream window that contains the start of the downstream window. */
export interface LatestOverlappingMapping {
  readonly kind: "latestOverlapping";
}

/** Every upstream partition for every downstream one. */
export interface AllPartitionsMapping {
  readonly kind: "all";
}

/** The upstream's last partition for every downstream one. */
export interface LastPartitionMapping {
  readonly kind: "last";
}

/** The same few upstream partitions for every downstream one. */
export interface SpecificPartitionsMapping {
  readonly kind: "specific";
  readonly keys: readonly string[];
}

/** A table of upstream keys and the downstream keys that each one feeds. */
export interface StaticMapping {
  readonly kind: "static";
  readonly map: Readonly<Record<string, readonly string[]>>;
}

/** Joins one dimension of a multi-partitions side to the other side; its other dimensions fan out. */
export interface DimensionMapping {
  readonly kind: "dimension";
  /** Undefined to choose it automatically. */
  readonly dimension: string | undefined;
  /**
   * How the dimension relates to the other side; undefined: by time if both are by time, otherwise
   * by key.
   */
  readonly mapping: PartitionMapping | undefined;
}

/** Relates pairs of dimensions; a dimension without a pair fans out to all its keys. */
export interface MultiMapping {
  readonly kind: "multi";
  /** By upstream dimension. */
  readonly dimensions: Readonly<Record<string, DimensionPair>>;
}

export interface DimensionPair {
  /** The downstream dimension. */
  readonly dimension: string;
  /** Undefined for the default of the two definitions. */
  readonly mapping?: PartitionMapping | undefined;
}

/** The same key on both sides. */
export function identityMapping(): IdentityMapping {
  return { kind: "identity" };
}

/**
 * Every upstream window that overlaps the downstream window after a shift of its ends, counted in
 * downstream partitions: `{ startOffset: -1, endOffset: -1 }` is the window before.
 *
 * @throws MappingOptionError for offsets that are no integers, or a start offset above the end
 *   offset
 */
export function timeWindowMapping(
  options: Partial<Omit<TimeWindowMapping, "kind">> = {},
): TimeWindowMapping {
  const {
    startOffset = 0,
    endOffset = 0,
    allowNonexistentUpstream = false,
    acrossTimezones = false,
  } = options;
  for (const [name, value] of Object.entries({ startOffset, endOffset })) {
    if (Number.isInteger(value) && Math.abs(value) <= 1_000_000) continue;
    throw new MappingOptionError(
      `${name} ${quoteValue(value)} is not a whole number from -1000000 to 1000000`,
    );
  }
  if (startOffset > endOffset) {
    throw new MappingOptionError(
      `startOffset ${startOffset} is after endOffset ${endOffset}, so no window is left; swap them`,
    );
  }
  return { kind: "timeWindow", startOffset, endOffset, allowNonexistentUpstream, acrossTimezones };
}

/** The downstream window and those before it, `n` in all. */
export function trailingWindows(n: number): TimeWindowMapping {
  if (!Number.isInteger(n) || n < 1)
    throw new MappingOptionError(
      `trailingWindows takes a whole number from 1, got ${quoteValue(n)}`,
    );
  return timeWindowMapping({ startOffset: 1 - n });
}

/** The one upstream window that contains the start of the downstream window. */
export function latestOverlapping(): LatestOverlappingMapping {
  return { kind: "latestOverlapping" };
}

/** Every upstream partition for every downstream one. */
export function allPartitionsMapping(): AllPartitionsMapping {
  return { kind: "all" };
}

/** The upstream's last partition, as of now, for every downstream one. */
export function lastPartitionMapping(): LastPartitionMapping {
  return { kind: "last" };
}

/** These upstream partitions for every downstream one. */
export function specificPartitions(keys: readonly string[]): SpecificPartitionsMapping {
  if (!Array.isArray(keys) || keys.length === 0)
    throw new MappingOptionError("specificPartitions takes a list of at least one upstream key");
  return { kind: "specific", keys };
}

/** A table of upstream keys and the downstream key or keys that each one feeds; keys left out feed none. */
export function staticMapping(
  map: Readonly<Record<string, string | readonly string[]>>,
): StaticMapping {
  const lists = Object.entries(map).map(
    ([key, fed]) => [key, typeof fed === "string" ? [fed] : fed] as const,
  );
  return { kind: "static", map: Object.fromEntries(lists) };
}

/**
 * Joins one dimension of the multi-partitions side to the other side; chosen automatically if only
 * one fits.
 */
export function dimensionMapping(
  options: { readonly dimension?: string; readonly mapping?: PartitionMapping } = {},
): DimensionMapping {
  return { kind: "dimension", dimension: options.dimension, mapping: options.mapping };
}

/** Relates the dimensions of two multi-partitions sides: `{ upstreamDimension: { dimension, mapping } }`. */
export function multiMapping(dimensions: Readonly<Record<string, DimensionPair>>): MultiMapping {
  return { kind: "multi", dimensions };
}
