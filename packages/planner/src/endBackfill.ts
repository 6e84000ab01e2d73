import type { BackfillEnd } from "@infill/core";
import {
  type BackfillRecord,
  type RegisteredAsset,
  setBackfillStatus,
  type StateStore,
} from "@infill/state";
import { countsByAsset } from "./client/backfillDetails.ts";
import type { LedgerCounts } from "./client/client.ts";
import { groupFailures } from "./failureGroups.ts";

/** Failed partitions whose errors are read for the summary: it must not hold up the end. */
const examined = 1_000;
const shownGroups = 10;

/**
 * Ends a backfill, and leaves a summary to be delivered: one for each end, written by the transition itself.
 *
 * @param from statuses that it may have before; with another one nothing is changed and there is no summary
 */
export async function endBackfill(
  {
    store,
    registered,
  }: { readonly store: StateStore; readonly registered: ReadonlyMap<string, RegisteredAsset> },
  record: BackfillRecord,
  to: BackfillEnd["status"],
  from: readonly BackfillRecord["status"][],
): Promise<void> {
  const summary = JSON.stringify(await summarize(store, registered, record, to));
  await setBackfillStatus(store, record.id, { to, from, summary });
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
