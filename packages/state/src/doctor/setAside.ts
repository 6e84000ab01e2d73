import { z } from "zod";
import type { KeyType } from "../keys/documentedKey.ts";
import { selectedOf } from "../ledger/readLedger.ts";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";
import { UnreadableBackfillError } from "../redis/unreadableBackfill.ts";

/** How long Redis keeps what was set aside, in days. */
export const setAsideDays = 90;
/** Entries that one call moves. */
const entriesPerCall = 256;

const keyScript = defineScript("set_aside_key", z.tuple([z.enum(["set_aside", "right"])]));
const entriesScript = defineScript("set_aside_entries", z.tuple([z.literal("set_aside"), z.int()]));

/** An unreadable entry of a key: a field of a hash with its value, or a member of a set or list. */
export interface UnreadableEntry {
  readonly entry: string;
  /** "" for a member. */
  readonly value: string;
  /** Both as Redis has them, because a damaged one need not be UTF-8. */
  readonly bytes?: readonly [entry: Buffer, value: Buffer];
}

/** Renames a key of a wrong type. Redis keeps it for 90 days. */
export async function setAsideKey(
  store: StateStore,
  key: string,
  types: readonly KeyType[],
): Promise<void> {
  const kept = store.keys.setAside(key, `${Date.now()}:`);
  await keyScript(store.redis, [key, kept], [setAsideDays, ...types]);
}

/** Moves unreadable entries to another key, which Redis keeps for 90 days. @returns how many */
export async function setAsideEntries(
  store: StateStore,
  key: string,
  entries: readonly (Omit<UnreadableEntry, "value"> & { readonly value: string | Buffer })[],
): Promise<number> {
  let total = 0;
  for (let first = 0; first < entries.length; first += entriesPerCall) {
    const page = entries.slice(first, first + entriesPerCall);
    const [, count] = await entriesScript(
      store.redis,
      [key, store.keys.setAside(key, "")],
      [setAsideDays, ...page.flatMap(({ entry, value, bytes }) => bytes ?? [entry, value])],
    );
    total += count;
  }
  return total;
}

/** Sets aside the unreadable row that a sealed ledger keeps in its own field. */
export async function setAsideRow(
  store: StateStore,
  asset: string,
  backfillId: string,
): Promise<void> {
  const ledger = store.keys.ledger(asset, backfillId);
  const row = await store.redis.hgetBuffer(ledger, "row");
  if (row === null) return;
  try {
    selectedOf([row], asset, backfillId);
  } catch (error) {
    if (!(error instanceof UnreadableBackfillError)) throw error;
    await setAsideEntries(store, ledger, [{ entry: "row", value: row }]);
  }
}
