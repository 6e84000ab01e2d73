import type { LedgerCounts, StatusCounts } from "@infill/planner";
import { countText } from "./numbers.ts";
import { countOfStatus, ledgerMarks, type Mark, partitionMarks } from "./statuses.ts";
import type { Theme } from "./theme.ts";

/** `● 87 succeeded`, one piece for each state that any partition of the backfill is in. */
export function ledgerPieces(counts: LedgerCounts, theme: Theme): string[] {
  return entriesOf(ledgerMarks)
    .filter(([state]) => counts[state] > 0)
    .map(([state, mark]) => piece(mark, counts[state], theme));
}

/** `● 87 materialized`, one piece for each status that any of the partitions has. */
export function statusPieces(counts: StatusCounts, theme: Theme): string[] {
  return entriesOf(partitionMarks)
    .filter(([status]) => countOfStatus(counts, status) > 0)
    .map(([status, mark]) => piece(mark, countOfStatus(counts, status), theme));
}

function piece({ glyph, role, words }: Mark, count: number, theme: Theme): string {
  return `${theme.paint(role, glyph)} ${countText(count)} ${words}`;
}

/** `Object.entries` that keeps the type of the names, which are exactly those of the record. */
export function entriesOf<K extends string, V>(record: Readonly<Record<K, V>>): [K, V][] {
  // Object.entries knows values only; these records are literals of this package without other fields.
  return Object.entries(record) as [K, V][];
}
