import { z } from "zod";
import type { CappedScope } from "../keys/permitScopes.ts";
import { holderName, parseHolder, type PermitHolder, releasePermits } from "./permits.ts";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";
import { blockedMsOfSessions } from "../processes/workerRegistry.ts";
import { storedInstantOf } from "../redis/storedInstantOf.ts";

const noteScript = defineScript("note_overrun", z.tuple([z.literal("noted")]));

/** Most overruns that are read. */
const mostRead = 1_000;
/** Milliseconds until the next review of whether the process lives. */
const reviewMs = 2_000;

/** The stored note of an overrun. It comes from Redis, so every field is bounded. */
const noteSchema = z.object({
  partition: z.string().max(300).catch(""),
  backfillId: z.string().max(64).catch(""),
  reason: z.string().max(32).catch("unknown"),
});

/** A function that was told to stop, has not returned, and continues beyond its claim. */
export interface Overrun extends PermitHolder {
  readonly partition: string;
  readonly backfillId: string;
  /** Why it was told to stop: `canceled`, `paused`, `timeout`, `draining` or `lost`. */
  readonly reason: string;
  /** Epoch milliseconds, by Redis' clock. */
  readonly sinceMs: number;
}

/**
 * Records an overrun. Call it before the claim ends. It keeps its permits until `releasePermits`,
 * or until its process is gone.
 */
export async function noteOverrun(
  store: StateStore,
  holder: PermitHolder,
  scopes: readonly CappedScope[],
  note: Pick<Overrun, "partition" | "backfillId" | "reason">,
): Promise<void> {
  const { keys } = store;
  const { partition, backfillId, reason } = note;
  const json = JSON.stringify({ partition: partition.slice(0, 200), backfillId, reason });
  const names = scopes.map(({ scope }) => scope);
  await noteScript(
    store.redis,
    [keys.overruns, keys.permitHolders, keys.permitsHeld, ...names.map(keys.permitScope)],
    [holderName(holder), json, reviewMs, ...names],
  );
}

/**
 * The overruns of live processes, oldest first; at most 1,000. Deletes those of dead processes and
 * frees their permits.
 */
export async function readOverruns(store: StateStore): Promise<Overrun[]> {
  const { keys, redis } = store;
  const noted = new Map<string, string>();
  let cursor = "0";
  do {
    const [next, page] = await redis.hscan(keys.overruns, cursor, "COUNT", 500);
    for (let at = 0; at < page.length; at += 2) noted.set(page[at] ?? "", page[at + 1] ?? "");
    cursor = next;
  } while (cursor !== "0" && noted.size < mostRead);
  if (noted.size === 0) return [];
  const overruns = Array.from(noted, ([name, text]) => overrunOf(name, text));
  const alive = await blockedMsOfSessions(
    store,
    overruns.map(({ session }) => session),
  );
  const gone = overruns.filter((_, at) => alive[at] === undefined);
  for (let first = 0; first < gone.length; first += 500)
    await releasePermits(store, gone.slice(first, first + 500));
  return overruns.filter((_, at) => alive[at] !== undefined).sort((a, b) => a.sinceMs - b.sinceMs);
}

function overrunOf(name: string, text: string): Overrun {
  const space = text.indexOf(" ");
  const sinceMs = storedInstantOf(text.slice(0, space));
  let note: unknown = {};
  try {
    note = JSON.parse(text.slice(space + 1));
  } catch {
    // An unreadable note still holds permits.
  }
  const known = noteSchema.safeParse(note).data ?? noteSchema.parse({});
  return { ...parseHolder(name), ...known, sinceMs };
}
