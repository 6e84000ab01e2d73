import { z } from "zod";
import { countSelected } from "./ledgerLook.ts";
import { readManySelected } from "../ledger/readLedger.ts";
import type { LedgerName } from "../ledger/sealLedger.ts";
import type { StateStore } from "../store/stateStore.ts";

/** Whether a ledger is there and whole. */
export interface LedgerFacts extends LedgerName {
  /** Of its hash; empty where there is none. */
  readonly fields: Readonly<Record<string, string>>;
  /** Partitions that its rows name. */
  readonly count: number;
  /** Whether the asset knows the ledger's number, and gives no later backfill the same. */
  readonly numbered: boolean;
}

const fieldsSchema = z.record(z.string(), z.string());

/**
 * Reads facts of some ledgers in three round trips. One that a key of another type, or a row of another form, keeps from being read is
 * left out.
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
  // Numbers are handed out ascending: read after the ledger, the last one is no smaller.
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
