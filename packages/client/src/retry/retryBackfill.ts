import { countsByAsset } from "@infill/planning";
import {
  type BackfillRecord,
  cancelPartitions,
  readBackfill,
  readSelected,
  refuseEarlierSkips,
  reopenPartitions,
  type StateStore,
} from "@infill/state";
import type { RetryOptions } from "../schemas/backfillSchemas.ts";
import { continueBackfill } from "../backfills/continueBackfill.ts";
import { countOf, type LedgerLanes } from "./ledgerLanes.ts";
import { planRetry, skippedToRetry } from "./planRetry.ts";
import type { RetryEnvironment } from "./retryEnvironment.ts";

/**
 * Raises the backfill's versions, reopens partitions ledger by ledger, then sets the backfill
 * running. In another order an older worker could take the partitions, or a planner could end the
 * backfill in between. Safe to call again after an interruption.
 *
 * @returns how many partitions run again
 * @throws InvalidOptionsError, UnknownFailureGroupError
 */
export async function retryBackfill(
  environment: RetryEnvironment,
  id: string,
  options: RetryOptions,
): Promise<number> {
  const { store } = environment;
  const record = await readBackfill(store, id);
  const { choice, failed, canceled, counts } = await planRetry(environment, record, options);
  if (counts.toRetry === 0 && !(await isLeftOpen(store, record))) return 0;
  const { only, group, actor, reason } = options;
  await environment.raiseVersions(id, { actor, reason });
  // Settle the open partitions of a canceled backfill as canceled, or they would run too; except
  // those that are retried.
  if (record.status === "canceled" && counts.canceled === 0)
    await settleCanceled(environment, record);
  let reopened = counts.canceled - countOf(canceled);
  const reopen = async (outcome: "failed" | "skipped" | "canceled", planes: LedgerLanes) => {
    for (const [asset, lanes] of planes)
      reopened += await reopenPartitions(store, asset, id, outcome, lanes);
  };
  await reopen("failed", failed);
  await reopen("canceled", canceled);
  // Refuse later skips that a planner computes from the earlier failures, so that the skipped
  // partitions no longer change.
  for (const asset of record.header.assets) await refuseEarlierSkips(store, asset, id);
  await reopen("skipped", await skippedToRetry(environment, record, choice));
  const entry = {
    what: "retried",
    ...(actor === undefined ? {} : { actor }),
    ...(reason === undefined ? {} : { reason }),
    details: {
      reopened,
      ...(only === undefined ? {} : { only }),
      ...(group === undefined ? {} : { group }),
    },
  };
  await continueBackfill(store, id, entry, record.status === "canceled");
  return reopened;
}

/** Whether it has ended with unsettled partitions, because a retry was interrupted. */
async function isLeftOpen(store: StateStore, record: BackfillRecord): Promise<boolean> {
  if (record.status !== "failed" && record.status !== "succeeded") return false;
  const counts = await countsByAsset(store, record);
  return counts.some(
    ({ counts: { waiting, queued, inProgress } }) => waiting + queued + inProgress > 0,
  );
}

async function settleCanceled(
  { store, registered }: RetryEnvironment,
  record: BackfillRecord,
): Promise<void> {
  for (const asset of record.header.assets) {
    const known = registered.get(asset);
    if (known === undefined) continue;
    const selected = known.ordinals.subsetOf(await readSelected(store, asset, record.id));
    await cancelPartitions(store, known, record.id, selected, "cancel");
  }
}
