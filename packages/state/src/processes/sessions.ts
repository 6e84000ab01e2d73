import { z } from "zod";
import { type LedgerControl, ledgerControlSchema } from "../ledger/ledgerControl.ts";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";

const renewReply = z.union([
  z.tuple([z.literal("renewed")], ledgerControlSchema),
  z.tuple([z.literal("lost")]),
]);
const renewScript = defineScript("renew_session", renewReply);

/** The answer to a heartbeat. `lost`: every claim of the session on this asset has lapsed. */
export type Renewal =
  | { readonly kind: "renewed"; readonly controls: ReadonlyMap<string, LedgerControl> }
  | { readonly kind: "lost" };

/** Extends a session's lease on one asset, and reads the controls of its backfills. */
export async function renewSession(
  store: StateStore,
  asset: string,
  session: string,
  leaseMs: number,
  backfillIds: readonly string[],
): Promise<Renewal> {
  const { keys } = store;
  const ledgers = backfillIds.map((id) => keys.ledger(asset, id));
  const [word, ...controls] = await renewScript(
    store.redis,
    [keys.sessions(asset), ...ledgers],
    [session, leaseMs],
  );
  if (word === "lost") return { kind: "lost" };
  return {
    kind: "renewed",
    controls: new Map(backfillIds.map((id, index) => [id, controls[index] ?? "unknown"])),
  };
}

const lapseScript = defineScript(
  "lapse_sessions",
  z.tuple([z.literal("lapsed"), z.string(), z.int()]),
);

/**
 * Ends the claims of every session on one asset whose lease is over.
 *
 * @returns how many claims lapsed
 */
export async function lapseSessions(store: StateStore, asset: string): Promise<number> {
  const { keys, redis } = store;
  const [seconds, micros] = await redis.time();
  const nowMs = Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
  const over = await redis.zrangebyscore(keys.sessions(asset), "-inf", nowMs, "LIMIT", 0, 100);
  if (over.length === 0) return 0;
  const keyList = [
    keys.sessions(asset),
    keys.claims(asset),
    keys.settlements(asset),
    keys.meta(asset),
  ];
  let lapsed = 0;
  let cursor = "0";
  do {
    const [, next, count] = await lapseScript(redis, keyList, [keys.root(asset), cursor, ...over]);
    lapsed += count;
    cursor = next;
  } while (cursor !== "0");
  return lapsed;
}
