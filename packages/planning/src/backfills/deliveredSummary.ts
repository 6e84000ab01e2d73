import { countsByAsset, type LedgerCounts, sumOfCounts } from "./ledgerCounts.ts";
import type { BackfillEnd, FailingBackfill, FinishedBackfill, PausedBackfill } from "@infill/core";
import type { BackfillRecord, RegisteredAsset, StateStore } from "@infill/state";
import { groupFailures } from "../failures/failureGroups.ts";

/** A summary to deliver: a backfill's end, a pause by itself, or too many failures. */
export type Summary = FinishedBackfill | PausedBackfill | FailingBackfill;

/**
 * Most failed partitions whose errors are read for a summary, so that it does not delay the end or
 * the pause.
 */
const examined = 1_000;
const shownGroups = 10;

/**
 * Computes a summary of a backfill for its end, a pause or an alert.
 *
 * @param status that the backfill is about to get
 */
export async function deliveredSummary(
  store: StateStore,
  registered: ReadonlyMap<string, RegisteredAsset>,
  record: BackfillRecord,
  status: BackfillRecord["status"],
): Promise<Omit<BackfillEnd, "version" | "status">> {
  const { label, actor, reason } = record.header.request;
  const byAsset = await countsByAsset(store, { ...record, status });
  const assets = byAsset.map(({ asset, counts }) => ({ asset, counts: endCounts(counts) }));
  const counts = endCounts(sumOfCounts(byAsset));
  const { groups } =
    counts.failed === 0
      ? { groups: [] }
      : await groupFailures(store, registered, record, counts.failed, examined);
  return {
    label,
    actor,
    reason,
    createdAt: new Date(record.createdMs).toISOString(),
    counts,
    assets,
    failureGroups: groups
      .slice(0, shownGroups)
      .map(({ fingerprint, error, count }) => ({ fingerprint, error, count })),
  };
}

type EndCounts = BackfillEnd["counts"];

function endCounts({ selected, succeeded, failed, skipped, canceled }: LedgerCounts): EndCounts {
  return { selected, succeeded, failed, skipped, canceled };
}
