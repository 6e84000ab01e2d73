import type { BackfillSummary, ListedBackfill } from "@infill/client";

/** A backfill as JSON output has it: what scripts look at first, then everything else that is known. */
export function backfillJson(backfill: BackfillSummary): object {
  const { id, status, counts, ...rest } = backfill;
  return { id, status, counts, ...rest };
}

/** A row of a list: one that cannot be read has an id, the status `unreadable` and the problem. */
export function listedBackfillJson(backfill: ListedBackfill): object {
  return backfill.status === "unreadable" ? backfill : backfillJson(backfill);
}
