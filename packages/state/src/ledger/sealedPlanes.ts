import {
  countIntegers,
  type IntegerSet,
  intersectIntegers,
  isEmptyIntegers,
  noIntegers,
  subtractIntegers,
  unionIntegers,
} from "@infill/partitions";
import type { LaneOrdinals } from "../keys/assetOrdinals.ts";
import type { LedgerPlane } from "../keys/keys.ts";
import { packSelected, unpackSelected } from "../keys/selectedRows.ts";

/**
 * Planes that a sealed ledger keeps. Nothing in it is queued, and its whole selection has settled.
 */
export const sealedPlanes = ["failed", "skipped", "canceled", "dropped"] as const;
export type SealedPlane = (typeof sealedPlanes)[number];

/** Outcomes other than succeeded, by plane. Planes without a partition are left out. */
export type SealedOutcomes = ReadonlyMap<SealedPlane, readonly LaneOrdinals[]>;

/** The form that this version writes and reads. */
const form = "1";

/**
 * The field `sealed` of a ledger: "1", then for each row of an outcome the plane's letter (f, s, c,
 * d), the row's length in four bytes, and the row as in `packSelected`.
 */
export function packSealed(outcomes: SealedOutcomes): Buffer {
  const parts: Buffer[] = [Buffer.from(form)];
  for (const plane of sealedPlanes) {
    for (const row of packSelected(joinLanes(outcomes.get(plane) ?? []))) {
      const head = Buffer.alloc(5);
      head.write(plane.charAt(0));
      head.writeUInt32BE(row.length, 1);
      parts.push(head, row);
    }
  }
  return Buffer.concat(parts);
}

/** Parses the field. @throws RangeError or InfillError for text of another form */
export function unpackSealed(text: Buffer): SealedOutcomes {
  if (text.toString("latin1", 0, 1) !== form) throw new RangeError("another form of sealing");
  const rows = new Map<SealedPlane, Buffer[]>();
  for (let at = 1; at < text.length; ) {
    const letter = text.toString("latin1", at, at + 1);
    const plane = sealedPlanes.find((name) => name.startsWith(letter));
    const end = at + 5 + text.readUInt32BE(at + 1);
    if (plane === undefined || end > text.length) throw new RangeError("a broken row");
    rows.set(plane, [...(rows.get(plane) ?? []), text.subarray(at + 5, end)]);
    at = end;
  }
  return new Map(Array.from(rows, ([plane, packed]) => [plane, joinLanes(unpackSelected(packed))]));
}

/** One plane of a sealed ledger. @param selected the ledger's selection */
export function sealedPlane(
  plane: LedgerPlane,
  selected: readonly LaneOrdinals[],
  outcomes: SealedOutcomes,
): readonly LaneOrdinals[] {
  if (plane === "queued") return [];
  return plane === "settled" ? selected : (outcomes.get(plane) ?? []);
}

/** How many partitions of a sealed ledger have each outcome, as for its counters. */
export function countSealed(
  selected: readonly LaneOrdinals[],
  outcomes: SealedOutcomes,
): Readonly<Record<"queued" | "settled" | "failed" | "skipped" | "canceled", number>> {
  const count = (lanes: readonly LaneOrdinals[]) =>
    lanes.reduce((total, { ordinals }) => total + countIntegers(ordinals), 0);
  const of = (plane: SealedPlane) => count(outcomes.get(plane) ?? []);
  return {
    queued: 0,
    settled: count(selected),
    failed: of("failed"),
    skipped: of("skipped"),
    canceled: of("canceled"),
  };
}

/** How many partitions have an outcome but are not selected, or have several outcomes. */
export function countContradictions(
  selected: readonly LaneOrdinals[],
  outcomes: SealedOutcomes,
): number {
  const mine = byLane(selected);
  const taken = new Map<string, IntegerSet>();
  let wrong = 0;
  for (const plane of ["failed", "skipped", "canceled"] as const) {
    for (const { lane, ordinals } of outcomes.get(plane) ?? []) {
      const known = taken.get(lane) ?? noIntegers;
      const outside = subtractIntegers(ordinals, mine.get(lane) ?? noIntegers);
      wrong += countIntegers(unionIntegers(outside, intersectIntegers(ordinals, known)));
      taken.set(lane, unionIntegers(known, ordinals));
    }
  }
  return wrong;
}

/** Joins the entries of each lane into one, without empty ones. */
export function joinLanes(lanes: Iterable<LaneOrdinals>): LaneOrdinals[] {
  const joined = new Map<string, IntegerSet>();
  for (const { lane, ordinals } of lanes) {
    if (isEmptyIntegers(ordinals)) continue;
    const known = joined.get(lane);
    joined.set(lane, known === undefined ? ordinals : unionIntegers(known, ordinals));
  }
  return Array.from(joined, ([lane, ordinals]) => ({ lane, ordinals }));
}

function byLane(lanes: readonly LaneOrdinals[]): Map<string, IntegerSet> {
  return new Map(lanes.map(({ lane, ordinals }) => [lane, ordinals]));
}
