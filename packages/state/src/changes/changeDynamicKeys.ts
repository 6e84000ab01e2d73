import { z } from "zod";
import { type LogEntry, logEntryJson } from "../log/backfillLog.ts";
import { parseOrdinalRuns, revisionMs } from "../dynamic/dynamicKeyHistory.ts";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";
import { isWrongType, StateUnreadableError, storedJson } from "../redis/unreadable.ts";

const changeScript = defineScript(
  "change_dynamic_keys",
  z.tuple([z.literal("changed"), z.int(), z.string()]),
);

/** Keys that one call changes. */
const keysPerCall = 1_000;

/**
 * Adds keys to a dynamic definition or removes them, in pages. Safe to call again after an
 * interruption. A removed key keeps its ordinal and its state, in case it is added again.
 *
 * @param keys in their stored form, without duplicates
 * @param entry for the definition's stream of changes
 * @returns how many keys were added or removed
 * @throws StateUnreadableError if the ordinal of one of the keys is unreadable
 */
export async function changeDynamicKeys(
  store: StateStore,
  name: string,
  what: "added" | "removed",
  keys: readonly string[],
  entry: Pick<LogEntry, "actor" | "reason">,
): Promise<number> {
  const note = logEntryJson({ what, ...entry });
  let changed = 0;
  for (let first = 0; first < keys.length; first += keysPerCall) {
    const [, count] = await changeScript(
      store.redis,
      [
        store.keys.dynamicOrdinals(name),
        store.keys.dynamicNames(name),
        store.keys.dynamicPresent(name),
        store.keys.dynamicChanges(name),
      ],
      [what, note, ...keys.slice(first, first + keysPerCall)],
    ).catch((error: unknown) => {
      if (!isWrongType(error)) throw error;
      throw new StateUnreadableError(`The dynamic definition "${name}"`, { cause: error });
    });
    changed += count;
  }
  return changed;
}

const entrySchema = z.object({ what: z.string(), actor: z.string(), reason: z.string() });
/** Replaces an unreadable note of who and why. */
const unreadableNote: z.output<typeof entrySchema> = { what: "unreadable", actor: "", reason: "" };

/** Keys that one call added or removed. */
export interface DynamicKeyChange {
  /** Sorts by age. */
  readonly id: string;
  /** Epoch milliseconds, by Redis' clock. */
  readonly atMs: number;
  /** `added` or `removed`. */
  readonly what: string;
  readonly actor: string;
  readonly reason: string;
  readonly count: number;
  /** At most `shown`. */
  readonly firstOrdinals: readonly number[];
}

/**
 * Changes of a definition's keys, newest first.
 *
 * @param before only changes older than the one with this id; undefined to start with the newest
 * @param limit at most this many
 * @param shown how many ordinals to list for each
 */
export async function readDynamicKeyChanges(
  store: StateStore,
  name: string,
  before: string | undefined,
  limit: number,
  shown: number,
): Promise<DynamicKeyChange[]> {
  const end = before === undefined ? "+" : `(${before}`;
  const key = store.keys.dynamicChanges(name);
  const entries = await store.redis.xrevrange(key, end, "-", "COUNT", limit);
  return entries.map(([id, [, , , text = "", , note = ""]]) => {
    const { data = unreadableNote } = entrySchema.safeParse(storedJson(note));
    const { what, actor, reason } = data;
    const firstOrdinals: number[] = [];
    let count = 0;
    for (const [first, last] of parseOrdinalRuns(text)) {
      count += last - first + 1;
      for (let ordinal = first; ordinal <= last && firstOrdinals.length < shown; ordinal++)
        firstOrdinals.push(ordinal);
    }
    return { id, atMs: revisionMs(id), what, actor, reason, count, firstOrdinals };
  });
}
