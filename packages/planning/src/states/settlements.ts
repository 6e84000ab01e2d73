import {
  hasInteger,
  type IntegerSet,
  type PartitionsSubset,
  RunsBuilder,
} from "@infill/partitions";
import type { AssetOrdinals, LaneRows, SettlementTable } from "@infill/state";

/** Rows of a settlement table, ascending. */
export type Rows = Uint32Array;

/** A settlement table with conversions between rows and subsets. */
export class Settlements {
  readonly table: SettlementTable;
  readonly #ordinals: AssetOrdinals;

  constructor(table: SettlementTable, ordinals: AssetOrdinals) {
    this.table = table;
    this.#ordinals = ordinals;
  }

  all(): Rows {
    const rows = new Uint32Array(this.table.count);
    for (let row = 0; row < rows.length; row++) rows[row] = row;
    return rows;
  }

  /** The earliest and the latest settlement of some rows; undefined for none. */
  spanOf(rows: Rows): { readonly firstMs: number; readonly lastMs: number } | undefined {
    if (rows.length === 0) return undefined;
    const { settledMs } = this.table;
    let firstMs = Infinity;
    let lastMs = -Infinity;
    for (let index = 0; index < rows.length; index++) {
      const at = settledMs[rows[index] ?? 0] ?? 0;
      if (at < firstMs) firstMs = at;
      if (at > lastMs) lastMs = at;
    }
    return { firstMs, lastMs };
  }

  settledAfter(rows: Rows, afterMs: number): Rows {
    const { settledMs } = this.table;
    return filterRows(rows, (row) => (settledMs[row] ?? 0) > afterMs);
  }

  settledUntil(rows: Rows, untilMs: number): Rows {
    const { settledMs } = this.table;
    return filterRows(rows, (row) => (settledMs[row] ?? 0) <= untilMs);
  }

  /**
   * Groups rows by the span of time in which they settled.
   *
   * @param firstMs where the first span begins; no row may be earlier
   * @param lengthMs of each span
   * @param count of spans, at most 65,536; the last one also holds everything later
   */
  bySpan(rows: Rows, firstMs: number, lengthMs: number, count: number): Rows[] {
    const { settledMs } = this.table;
    const spanOf = (row: number): number =>
      Math.min(count - 1, Math.floor(((settledMs[row] ?? 0) - firstMs) / lengthMs));
    const sizes = new Uint32Array(count);
    const spansOfRows = new Uint16Array(rows.length);
    for (let index = 0; index < rows.length; index++) {
      const span = spanOf(rows[index] ?? 0);
      spansOfRows[index] = span;
      sizes[span] = (sizes[span] ?? 0) + 1;
    }
    const parts = Array.from(sizes, (size) => new Uint32Array(size));
    const filled = new Uint32Array(count);
    for (let index = 0; index < rows.length; index++) {
      const row = rows[index] ?? 0;
      const span = spansOfRows[index] ?? 0;
      const at = filled[span] ?? 0;
      const part = parts[span];
      if (part !== undefined) part[at] = row;
      filled[span] = at + 1;
    }
    return parts;
  }

  /** The rows with another code version. */
  ofOtherCode(rows: Rows, codeVersionNumber: number): Rows {
    const { codeVersionNumbers } = this.table;
    return filterRows(rows, (row) => codeVersionNumbers[row] !== codeVersionNumber);
  }

  subsetOf(rows: Rows): PartitionsSubset {
    const { lanes, ordinals } = this.table;
    const found: { lane: string; ordinals: IntegerSet }[] = [];
    eachLane(lanes, rows, (lane, from, end) => {
      const runs = new RunsBuilder();
      let [start, next] = [0, 0];
      for (let index = from; index < end; index++) {
        const ordinal = ordinals[rows[index] ?? 0] ?? 0;
        if (ordinal !== next) {
          runs.add(start, next);
          start = ordinal;
        }
        next = ordinal + 1;
      }
      runs.add(start, next);
      found.push({ lane, ordinals: runs.finish() });
    });
    return this.#ordinals.subsetOf(found);
  }

  /** For each row, 1 if its partition is in the subset, else 0. */
  marksOf(rows: Rows, subset: PartitionsSubset): Uint8Array {
    const { lanes, ordinals } = this.table;
    const byLane = new Map(
      this.#ordinals.lanesOf(subset).map((each) => [each.lane, each.ordinals]),
    );
    const marks = new Uint8Array(rows.length);
    eachLane(lanes, rows, (lane, from, end) => {
      const members = byLane.get(lane);
      if (members === undefined) return;
      for (let index = from; index < end; index++)
        if (hasInteger(members, ordinals[rows[index] ?? 0] ?? 0)) marks[index] = 1;
    });
    return marks;
  }
}

/** The rows that `keep` accepts. It gets a row and the row's index. */
export function filterRows(rows: Rows, keep: (row: number, index: number) => boolean): Rows {
  const kept = new Uint32Array(rows.length);
  let count = 0;
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index] ?? 0;
    if (keep(row, index)) kept[count++] = row;
  }
  return kept.slice(0, count);
}

/** Calls `visit` with the part of `rows` in each lane, as indexes into `rows`. */
function eachLane(
  lanes: readonly LaneRows[],
  rows: Rows,
  visit: (lane: string, from: number, end: number) => void,
): void {
  for (let from = 0; from < rows.length; ) {
    const first = rows[from] ?? 0;
    const lane = lanes[laneOfRow(lanes, first)];
    if (lane === undefined) throw new Error("Bug: a row without a lane");
    const end = firstAtLeast(rows, lane.end, from);
    visit(lane.lane, from, end);
    from = end;
  }
}

function laneOfRow(lanes: readonly LaneRows[], row: number): number {
  let low = 0;
  let high = lanes.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((lanes[middle]?.from ?? 0) <= row) low = middle;
    else high = middle;
  }
  return low;
}

/** The first index from `from` on whose row is at least the given one. */
function firstAtLeast(rows: Rows, row: number, from: number): number {
  let low = from;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle] ?? 0) < row) low = middle + 1;
    else high = middle;
  }
  return low;
}
