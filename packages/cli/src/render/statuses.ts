import type { BackfillStatus } from "@infill/core";
import type { PartitionStatus, PartitionSummary, StandingStatus } from "@infill/client";
import type { LedgerCounts } from "@infill/planning";
import type { Role } from "../text/theme.ts";

/** How a status is drawn: the glyph tells it, the color only repeats it. */
export interface Mark {
  readonly glyph: string;
  readonly role: Role;
  readonly words: string;
}

/** How a partition last ended, in the order in which counts are listed. The counts add up to all partitions. */
export const standingMarks: Readonly<Record<StandingStatus, Mark>> = {
  materialized: { glyph: "●", role: "green", words: "materialized" },
  failed: { glyph: "✕", role: "red", words: "failed" },
  missing: { glyph: "·", role: "grey", words: "missing" },
};

/** A partition that runs now, besides its standing status. */
export const runningMark: Mark = { glyph: "◐", role: "blue", words: "in progress" };

/** What one word says of a partition. */
export const partitionMarks: Readonly<Record<PartitionStatus, Mark>> = {
  ...standingMarks,
  in_progress: runningMark,
};

/** How a partition is drawn: `● materialized`, `◐ in progress, materialized` while it runs again, `● materialized, stale`. */
export function partitionMark({
  status,
  standing,
  stale,
}: Pick<PartitionSummary, "status" | "standing" | "stale">): Mark {
  const stands = standingMarks[standing];
  const isRunning = status === "in_progress";
  const words = [
    ...(isRunning ? [runningMark.words] : []),
    ...(isRunning && standing === "missing" ? [] : [stands.words]),
    ...(stale === true ? ["stale"] : []),
  ];
  return { ...(isRunning ? runningMark : stands), words: words.join(", ") };
}

/** Where a partition stands in a backfill, in the order in which counts are listed. */
export const ledgerMarks: Readonly<Record<keyof Omit<LedgerCounts, "selected">, Mark>> = {
  succeeded: { glyph: "●", role: "green", words: "succeeded" },
  failed: { glyph: "✕", role: "red", words: "failed" },
  skipped: { glyph: "◇", role: "purple", words: "skipped" },
  canceled: { glyph: "–", role: "grey", words: "canceled" },
  inProgress: { glyph: "◐", role: "blue", words: "in progress" },
  queued: { glyph: "○", role: "blue", words: "queued" },
  waiting: { glyph: "◌", role: "grey", words: "waiting" },
};

const backfillRoles: Readonly<Record<BackfillStatus, Role>> = {
  running: "blue",
  paused: "yellow",
  canceling: "yellow",
  succeeded: "green",
  failed: "red",
  canceled: "grey",
};

/** The color of a backfill's status. */
export function backfillRole(status: BackfillStatus): Role {
  return backfillRoles[status];
}

/** How many partitions of a backfill have their outcome. */
export function settledCount(counts: LedgerCounts): number {
  return counts.succeeded + counts.failed + counts.skipped + counts.canceled;
}

/** A share in whole percent, cut off, so that 100 means all. Nothing of nothing is all. */
export function percentOf(part: number, whole: number): number {
  return whole === 0 ? 100 : Math.floor((part / whole) * 100);
}
