import { z } from "zod";
import { type LogEntry, logEntryJson } from "../log/backfillLog.ts";
import { parseOrdinalRuns, revisionMs } from "../dynamic/dynamicKeyHistory.ts";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";
import { storedJson } from "../redis/unreadable.ts";

const changeScript = defineScript(
  "change_dynamic_keys",
  z.tuple([z.literal("changed"), z.int(), z.string()]),
);

/** Keys changed by one call. */
const keysPerCall = 1_000;

/**
 * Adds keys to a dynamic definition or removes them, in pages: whoever is interrupted says the same again. A key that is
 * removed keeps its ordinal, and its state, for when it comes back.
 *
 * @param keys in the form in which they are kept, each once
 * @param entry what the definition's list of changes says of it
 * @returns how many were not there before, or were
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
    const answer = await changeScript(
      store.redis,
      [
        store.keys.dynamicOrdinals(name),
        store.keys.dynamicNames(name),
        store.keys.dynamicPresent(name),
        store.keys.dynamicChanges(name),
      ],
      [what, note, ...keys.slice(first, first + keysPerCall)],
    );
    changed += answer[1];
  }
  return changed;
}

const entrySchema = z.object({ what: z.string(), actor: z.string(), reason: z.string() });
/** Stands for who and why where that cannot be read. */
const unreadableNote: z.output<typeof entrySchema> = { what: "unreadable", actor: "", reason: "" };

/** Keys that were added to a dynamic definition, or removed, by one call. */
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
 * What was added and removed, newest first.
 *
 * @param before only changes older than the one with this id; undefined for the newest
 * @param limit at most this many
 * @param shown ordinals that are listed of each
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
