import { backfillIdPattern, isFinalStatus } from "@infill/core";
import {
  assetsOfDeleted,
  backfillExists,
  backfillScope,
  beginDelete,
  BackfillActiveError,
  deleteLedger,
  findBackfillKeys,
  finishDelete,
  finishPurge,
  forgetCap,
  forgetNumber,
  hideBackfill,
  type RegisteredAsset,
  readBackfill,
  releaseHolds,
  type StateStore,
  UnknownBackfillError,
  unlinkKeys,
  UnreadableBackfillError,
} from "@infill/state";
import type { PoolQueues } from "@infill/planning";
import type { ControlOptions } from "../shared/controlOptions.ts";

/**
 * Deletes a backfill that has ended: first nobody finds it any more, then its jobs, its ledgers, and what lists it. The errors of its
 * failures stay with the partitions that failed. Safe to call again after an interruption.
 *
 * @throws UnknownBackfillError, BackfillActiveError, UnreadableBackfillError
 */
export async function deleteBackfill(
  store: StateStore,
  registered: ReadonlyMap<string, RegisteredAsset>,
  queues: PoolQueues,
  id: string,
  by: ControlOptions,
): Promise<void> {
  if (!backfillIdPattern.test(id)) throw new UnknownBackfillError(id);
  await readBackfill(store, id).catch((error: unknown) => {
    // A deletion that has begun goes on.
    if (!(error instanceof UnknownBackfillError)) throw error;
  });
  await beginDelete(store, id);
  const assets = await assetsOfDeleted(store, id);
  const pools = new Set(assets.flatMap((name) => registered.get(name)?.asset.pool ?? []));
  // Jobs that have lost their partition: it settled by another backfill's execution.
  for (const pool of pools) {
    const jobs = await queues.jobsOf(pool, id);
    await queues.remove(
      pool,
      jobs.map((job) => job.id),
    );
  }
  const entry = { what: "backfill_deleted", ...by, details: { backfill: id } };
  for (const asset of assets) {
    await forgetNumber(store, asset, id, "keep");
    await deleteLedger(store, asset, id, entry);
  }
  await forgetCap(store, backfillScope(id));
  await finishDelete(store, id);
}

/**
 * Deletes a backfill that cannot be read, or is set aside, whatever its status: everything that the names of keys say is its
 * own, its jobs and its claims. One that can be read is deleted the same way once it has ended. Safe to call again after an
 * interruption.
 *
 * @throws UnknownBackfillError where nothing of it is there, BackfillActiveError where it can be read and has not ended
 */
export async function deleteByForce(
  store: StateStore,
  queues: PoolQueues,
  pools: Iterable<string>,
  id: string,
): Promise<void> {
  if (!backfillIdPattern.test(id)) throw new UnknownBackfillError(id);
  const found = await findBackfillKeys(store, id);
  try {
    const { status } = await readBackfill(store, id);
    if (!isFinalStatus(status)) throw new BackfillActiveError(id, status);
  } catch (error) {
    // What is unknown may have keys left, by a deletion that was interrupted.
    const isThere = found.keys.length > 0 || (await backfillExists(store, id));
    const mayGo = error instanceof UnreadableBackfillError || error instanceof UnknownBackfillError;
    if (!mayGo || !isThere) throw error;
  }
  await hideBackfill(store, id);
  for (const pool of new Set([...pools, ...found.pools])) {
    const jobs = await queues.idsOf(pool, id);
    await queues.remove(pool, jobs);
  }
  await unlinkKeys(store, found.keys);
  for (const asset of found.assets) await releaseHolds(store, asset, id);
  await forgetCap(store, backfillScope(id));
  await finishPurge(store, id);
}
