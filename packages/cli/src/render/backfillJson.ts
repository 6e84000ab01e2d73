import type { BackfillSummary } from "@infill/planner";

/** A backfill as JSON output has it: what scripts look at first, then everything else that is known. */
export function backfillJson(backfill: BackfillSummary): object {
  const { id, status, counts, ...rest } = backfill;
  return { id, status, counts, ...rest };
}
