import type { StatusCounts } from "@infill/client";
import type { LedgerCounts } from "@infill/planning";
import { countText } from "../text/numbers.ts";
import { ledgerMarks, type Mark, runningMark, standingMarks } from "./statuses.ts";
import type { Theme } from "../text/theme.ts";

/** `● 87 succeeded`, one piece for each state that any partition of the backfill is in. */
export function ledgerPieces(counts: LedgerCounts, theme: Theme): string[] {
  return entriesOf(ledgerMarks)
    .filter(([state]) => counts[state] > 0)
    .map(([state, mark]) => piece(mark, counts[state], theme));
}

/** `● 87 materialized`, one piece for each standing status that any of the partitions has, then how many run now. */
export function statusPieces(counts: StatusCounts, theme: Theme): string[] {
  const standing = entriesOf(standingMarks)
    .filter(([status]) => counts[status] > 0)
    .map(([status, mark]) => piece(mark, counts[status], theme));
  const { glyph, role } = runningMark;
  return counts.inProgress === 0
    ? standing
    : [...standing, `${theme.paint(role, glyph)} ${runningText(counts)}`];
}

/** `2 of them in progress` */
export function runningText({ inProgress }: StatusCounts): string {
  return `${countText(inProgress)} of them ${runningMark.words}`;
}

/** `5 materialized, 1 missing; 2 of them in progress`: the same in words alone. */
export function statusText(counts: StatusCounts): string {
  const standing = entriesOf(standingMarks)
    .filter(([status]) => counts[status] > 0)
    .map(([status, { words }]) => `${countText(counts[status])} ${words}`)
    .join(", ");
  return counts.inProgress === 0 ? standing : `${standing}; ${runningText(counts)}`;
}

function piece({ glyph, role, words }: Mark, count: number, theme: Theme): string {
  return `${theme.paint(role, glyph)} ${countText(count)} ${words}`;
}

/** `Object.entries` that keeps the type of the names, which are exactly those of the record. */
export function entriesOf<K extends string, V>(record: Readonly<Record<K, V>>): [K, V][] {
  // Object.entries knows values only; these records are literals of this package without other fields.
  return Object.entries(record) as [K, V][];
}
