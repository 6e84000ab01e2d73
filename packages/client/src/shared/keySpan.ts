import {
  type AxisSet,
  countSubset,
  firstKeyRanges,
  firstOfSubset,
  forEachRun,
  hasDimensions,
  type IntegerSet,
  type KeyRange,
  lastOfSubset,
  type PartitionsContext,
  type PartitionsSubset,
  partitionTextOf,
  subsetKeys,
} from "@infill/partitions";

/** Most ranges of a set that are written out. */
const shownRanges = 3;

/** The keys of a set in short: a set with holes is several ranges. */
export interface KeySpan {
  readonly keys: number;
  /** Absent for an empty set. */
  readonly firstKey?: string;
  readonly lastKey?: string;
  /**
   * The number of ranges of keys, and the first three, both ends included; absent for an empty set.
   */
  readonly ranges?: { readonly count: number; readonly first: readonly KeyRange[] };
  /** For several dimensions, partition text that selects the set, if it is short. */
  readonly text?: string;
}

/** Longest text that replaces ranges, in characters. */
const longestText = 160;

/** Partitions of one asset, as a set. */
export interface AssetSpan extends KeySpan {
  readonly asset: string;
}

/** The size, the first and last key, and the ranges of a subset. */
export function spanOf(subset: PartitionsSubset, context: PartitionsContext): KeySpan {
  const [firstKey] = subsetKeys(firstOfSubset(subset, 1), context);
  const [lastKey] = subsetKeys(lastOfSubset(subset, 1), context);
  const ranges = firstKeyRanges(subset, shownRanges, context);
  return {
    keys: countSubset(subset),
    ...(firstKey === undefined ? {} : { firstKey }),
    ...(lastKey === undefined ? {} : { lastKey }),
    ...(ranges.count === 0 ? {} : { ranges }),
    ...(ranges.count < 2 ? {} : dimensionText(subset, context)),
  };
}

/**
 * With several dimensions ranges of keys are unclear; text such as `date=[2024-01-01...2024-01-31];
 * region=us,eu` is clear.
 */
function dimensionText(
  subset: PartitionsSubset,
  context: PartitionsContext,
): Pick<KeySpan, "text"> {
  if (!hasDimensions(subset.definition) || countPieces(subset.coordinates) > mostPieces) return {};
  const text = partitionTextOf(subset, context);
  return text.length > longestText ? {} : { text };
}

/** Most pieces of a set that is written as text. */
const mostPieces = 100;

/** Approximate number of ranges of a set. */
export function countPieces(set: AxisSet): number {
  if (set.kind !== "groups") return countRuns(set);
  return set.groups.reduce(
    (sum, { coordinates, rest }) => sum + countRuns(coordinates) + countPieces(rest),
    0,
  );
}

function countRuns(set: IntegerSet): number {
  let runs = 0;
  forEachRun(set, () => runs++);
  return runs;
}

/** `partition 2024-01-05`, `3 partitions, 2024-01-03 to 2024-01-05`, `12 partitions in 2 ranges: …`. */
export function spanSentence({ keys, firstKey, ranges, text }: KeySpan): string {
  if (text !== undefined) return `${keys} partitions (${text})`;
  if (keys === 1) return firstKey === "" ? "its one partition" : `partition ${firstKey ?? ""}`;
  const written = (ranges?.first ?? []).map(([from, to]) =>
    from === to ? from : `${from} to ${to}`,
  );
  const count = ranges?.count ?? 0;
  if (count === 1) return `${keys} partitions, ${written.join("")}`;
  const rest = count > written.length ? " and so on" : "";
  return `${keys} partitions in ${count} ranges: ${written.join(", ")}${rest}`;
}
