import { z } from "zod";
import { countSelected } from "./ledgerLook.ts";
import { readManySelected } from "../ledger/readLedger.ts";
import type { LedgerName } from "../ledger/sealLedger.ts";
import type { StateStore } from "../store/stateStore.ts";

/** Whether a ledger exists and is complete. */
export interface LedgerFacts extends LedgerName {
  /** The fields of its hash; empty if there is none. */
  readonly fields: Readonly<Record<string, string>>;
  /** Partitions that its rows select. */
  readonly count: number;
  /**
   * Whether the asset has the ledger's number on record and will not give it to a later backfill.
   */
  readonly numbered: boolean;
}

const fieldsSchema = z.record(z.string(), z.string());

/**
 * Reads facts of some ledgers in three round trips. Leaves out ledgers that a key of a wrong type
 * or an unreadable row makes unreadable.
 *
 * @param ledgers at most a few hundred
 */
export async function readLedgerFacts(
  store: StateStore,
  ledgers: readonly LedgerName[],
): Promise<LedgerFacts[]> {
  if (ledgers.length === 0) return [];
  const { redis, keys } = store;
  const reading = redis.pipeline();
  for (const { asset, backfillId } of ledgers) reading.hgetall(keys.ledger(asset, backfillId));
  const hashes = ((await reading.exec()) ?? []).map(
    ([, hash]) => fieldsSchema.safeParse(hash).data,
  );
  const selected = await readManySelected(store, ledgers);
  // Numbers ascend. The last number is read after the ledgers, so it is never smaller than theirs.
  const numbering = redis.pipeline();
  for (const [at, { asset }] of ledgers.entries())
    numbering
      .hget(keys.assetBackfills(asset), hashes[at]?.["number"] ?? "")
      .hget(keys.meta(asset), "backfills");
  const numbers = (await numbering.exec()) ?? [];
  return ledgers.flatMap((ledger, at) => {
    const [fields, rows] = [hashes[at], selected[at]];
    const [owner, last] = [numbers[2 * at], numbers[2 * at + 1]];
    if (fields === undefined || rows === undefined || owner?.[0] !== null || last?.[0] !== null)
      return [];
    const isLast = Number(last[1] ?? 0) >= Number(fields["number"] ?? "");
    const numbered = owner[1] !== null && isLast;
    return [{ ...ledger, fields, count: countSelected(rows), numbered }];
  });
}
