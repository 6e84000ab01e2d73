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
import type { ControlOptions } from "../schemas/controlSchemas.ts";

/**
 * Deletes an ended backfill: first its entries in lists, then its jobs, its ledgers and the rest.
 * Errors stay with the partitions that failed. Safe to call again after an interruption.
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
    // An interrupted deletion continues.
    if (!(error instanceof UnknownBackfillError)) throw error;
  });
  await beginDelete(store, id);
  const assets = await assetsOfDeleted(store, id);
  const pools = new Set(assets.flatMap((name) => registered.get(name)?.asset.pool ?? []));
  // Jobs may be left whose partitions settled by another backfill's execution.
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
 * Deletes an unreadable or set-aside backfill of any status, by the names of its keys, with its
 * jobs and claims. A readable one is deleted the same way if it has ended. Safe to call again after
 * an interruption.
 *
 * @throws UnknownBackfillError if it has no keys, BackfillActiveError if it is readable and has not
 *   ended
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
    // An interrupted deletion may have left keys.
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
