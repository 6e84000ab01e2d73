import { chunkOf, chunkOrdinals } from "../keys/keys.ts";
import { parseAddress } from "../keys/partitionAddress.ts";
import type { StateStore } from "../store/stateStore.ts";
import type { Discrepancy } from "./discrepancy.ts";
import { mendWaiters } from "./mending/mend.ts";
import { answersOf } from "../redis/answersOf.ts";

/**
 * Finds waiters that no settlement will serve: their backfill has no ledger, or it does not have
 * the partition queued and no other backfill has a claim on it. Each one is read at one instant.
 */
export async function lookAtWaiters(store: StateStore, asset: string): Promise<Discrepancy[]> {
  const { redis, keys } = store;
  const stale: string[] = [];
  let cursor = "0";
  do {
    const [next, entries] = await redis.hscan(keys.waiters(asset), cursor, "COUNT", 256);
    cursor = next;
    for (let at = 0; at < entries.length; at += 2) {
      const field = entries[at];
      const ledgers = entries[at + 1]?.split(" ").filter((name) => name !== "") ?? [];
      if (field !== undefined && (await isStale(store, asset, field, ledgers))) stale.push(field);
    }
  } while (cursor !== "0");
  const fields = [...new Set(stale)];
  if (fields.length === 0) return [];
  return [
    {
      check: "waiter_stale",
      asset,
      ordinals: fields.slice(0, 5).map((field) => parseAddress(field).ordinal),
      lane: parseAddress(fields[0] ?? "").lane,
      count: fields.length,
      problem: "Backfills wait for an execution that does not exist.",
      remedy: "The doctor removes these waiters.",
      repair: () => mendWaiters(store, asset, fields),
    },
  ];
}

async function isStale(
  store: StateStore,
  asset: string,
  field: string,
  ledgers: readonly string[],
): Promise<boolean> {
  const { redis, keys } = store;
  const { lane, ordinal } = parseAddress(field);
  const chunk = chunkOf(ordinal);
  const step = redis.multi().hget(keys.waiters(asset), field).hexists(keys.claims(asset), field);
  for (const name of ledgers) {
    // "!" before a ledger means that its backfill reruns the partition.
    const ledger = name.replace(/^!/, "");
    step.exists(ledger);
    step.getbit(`${ledger}:queued:${lane}:${chunk}`, ordinal - chunk * chunkOrdinals);
  }
  const [text, hasClaim, ...facts] = answersOf(await step.exec());
  // The waiters have changed since they were listed, so a transition has just handled them.
  if (text !== ledgers.join(" ")) return false;
  return ledgers.some(
    (_, index) => facts[2 * index] === 0 || (hasClaim === 0 && facts[2 * index + 1] === 0),
  );
}
