import { backfillIdPattern } from "@infill/core";
import {
  assetsOfDeleted,
  backfillScope,
  beginDelete,
  deleteLedger,
  finishDelete,
  forgetCap,
  type RegisteredAsset,
  type StateStore,
  UnknownBackfillError,
} from "@infill/state";
import type { PoolQueues } from "../poolQueues.ts";
import type { ControlOptions } from "./controlOptions.ts";

/**
 * Deletes a backfill that has ended: first nobody finds it any more, then its jobs, its ledgers, and what lists it. Whoever
 * is interrupted calls again.
 *
 * @throws UnknownBackfillError, BackfillActiveError
 */
export async function deleteBackfill(
  store: StateStore,
  registered: ReadonlyMap<string, RegisteredAsset>,
  queues: PoolQueues,
  id: string,
  by: ControlOptions,
): Promise<void> {
  if (!backfillIdPattern.test(id)) throw new UnknownBackfillError(id);
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
  for (const asset of assets) await deleteLedger(store, asset, id, entry);
  await forgetCap(store, backfillScope(id));
  await finishDelete(store, id);
}
