import type { BackfillEnd } from "@infill/core";
import {
  type BackfillRecord,
  type RegisteredAsset,
  setBackfillStatus,
  type StateStore,
} from "@infill/state";
import { countsByAsset } from "./client/backfillDetails.ts";
import type { LedgerCounts } from "./client/backfillAnswers.ts";
import { groupFailures } from "./failureGroups.ts";

/** Failed partitions whose errors are read for the summary: it must not hold up the end. */
const examined = 1_000;
const shownGroups = 10;

/**
 * Ends a backfill, and leaves a summary to be delivered: one for each end, written by the transition itself.
 *
 * @param record as read before what the end was decided by: where it has another revision now, a retry or an addition
 *   came in between
 * @param from statuses that it may have before
 * @returns whether it has ended by this call; else nothing was changed and there is no summary
 */
export async function endBackfill(
  {
    store,
    registered,
  }: { readonly store: StateStore; readonly registered: ReadonlyMap<string, RegisteredAsset> },
  record: BackfillRecord,
  to: BackfillEnd["status"],
  from: readonly BackfillRecord["status"][],
): Promise<boolean> {
  const summary = JSON.stringify(await summarize(store, registered, record, to));
  const { id, revision } = record;
  return (await setBackfillStatus(store, id, { to, from, revision, summary })).changed;
}

async function summarize(
  store: StateStore,
  registered: ReadonlyMap<string, RegisteredAsset>,
  record: BackfillRecord,
  status: BackfillEnd["status"],
): Promise<BackfillEnd> {
  const { label, actor, reason } = record.header.request;
  const byAsset = await countsByAsset(store, { ...record, status });
  const assets = byAsset.map(({ asset, counts }) => ({ asset, counts: endCounts(counts) }));
  const counts = assets.reduce((sum, asset) => addCounts(sum, asset.counts), noCounts);
  const { groups } =
    counts.failed === 0
      ? { groups: [] }
      : await groupFailures(store, registered, record, counts.failed, examined);
  return {
    version: 1,
    status,
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

const noCounts: EndCounts = { selected: 0, succeeded: 0, failed: 0, skipped: 0, canceled: 0 };

function endCounts({ selected, succeeded, failed, skipped, canceled }: LedgerCounts): EndCounts {
  return { selected, succeeded, failed, skipped, canceled };
}

function addCounts(a: EndCounts, b: EndCounts): EndCounts {
  return {
    selected: a.selected + b.selected,
    succeeded: a.succeeded + b.succeeded,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    canceled: a.canceled + b.canceled,
  };
}
