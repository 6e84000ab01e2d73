import {
  type BackfillRecord,
  type LedgerCounters,
  readCountersOfAssets,
  type StateStore,
} from "@infill/state";

/** How many partitions of a backfill have each state. They add up to `selected`. */
export interface LedgerCounts {
  readonly selected: number;
  /** Not in the window yet. */
  readonly waiting: number;
  /** In the window, not started. */
  readonly queued: number;
  readonly inProgress: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly skipped: number;
  readonly canceled: number;
}

const noCounts = {
  selected: 0,
  waiting: 0,
  queued: 0,
  inProgress: 0,
  succeeded: 0,
  failed: 0,
  skipped: 0,
  canceled: 0,
} satisfies LedgerCounts;

/** The counts of each asset. */
export async function countsByAsset(
  store: StateStore,
  record: BackfillRecord,
): Promise<{ asset: string; counts: LedgerCounts }[]> {
  const { assets } = record.header;
  const counters = await readCountersOfAssets(store, assets, record.id);
  return assets.map((asset, at) => {
    const found = counters[at];
    return {
      asset,
      counts: found === undefined ? noCounts : countsOf(found, record.status === "canceled"),
    };
  });
}

/**
 * Counts that add up to `selected`. Partitions that a canceled backfill did not settle count as
 * canceled.
 */
function countsOf(counters: LedgerCounters, isCanceled: boolean): LedgerCounts {
  const { selected, inProgress, succeeded, failed, skipped, canceled } = counters;
  const queued = Math.max(0, counters.queued - inProgress);
  const rest = selected - succeeded - failed - skipped - canceled;
  if (isCanceled)
    return {
      selected,
      waiting: 0,
      queued: 0,
      inProgress: 0,
      succeeded,
      failed,
      skipped,
      canceled: canceled + rest,
    };
  return {
    selected,
    waiting: Math.max(0, rest - queued - inProgress),
    queued,
    inProgress,
    succeeded,
    failed,
    skipped,
    canceled,
  };
}

/** The sum of the counts of a backfill's assets. */
export function sumOfCounts(byAsset: Iterable<{ readonly counts: LedgerCounts }>): LedgerCounts {
  const sum = { ...noCounts };
  for (const { counts } of byAsset) {
    sum.selected += counts.selected;
    sum.waiting += counts.waiting;
    sum.queued += counts.queued;
    sum.inProgress += counts.inProgress;
    sum.succeeded += counts.succeeded;
    sum.failed += counts.failed;
    sum.skipped += counts.skipped;
    sum.canceled += counts.canceled;
  }
  return sum;
}
