import { z } from "zod";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";
import { excerptOf, isWrongType } from "../redis/unreadable.ts";
import { storedBytes } from "../redis/storedBytes.ts";
import type { UnreadableBackfillError, UnreadableField } from "../redis/unreadableBackfill.ts";
import { storedInstantSchema } from "../redis/storedInstantOf.ts";

const storedSchema = z.object({
  field: z.string(),
  reason: z.string(),
  text: z.string().optional(),
  atMs: storedInstantSchema,
});

/** A backfill that the doctor has set aside: the unreadable field, and the time. */
export interface SetAsideBackfill extends UnreadableField {
  readonly atMs: number;
}

const script = defineScript(
  "set_aside_backfill",
  z.tuple([z.enum(["set_aside", "changed", "unknown"])]),
);

/**
 * Removes an unreadable backfill from the lists, so that nothing plans it, and keeps its hash under
 * another key.
 *
 * @returns `changed` if the field has changed since it was read
 */
export async function setAsideBackfill(
  store: StateStore,
  { backfillId, field, reason, text }: UnreadableBackfillError,
): Promise<"set_aside" | "changed" | "unknown"> {
  const { keys, redis } = store;
  const key = keys.backfill(backfillId);
  // A key of a wrong type has no fields.
  const [known = ""] = await storedBytes(redis, key, [[field, text ?? ""]]).catch(
    (error: unknown) => {
      if (isWrongType(error)) return [];
      throw error;
    },
  );
  const [word] = await script(
    redis,
    [
      key,
      keys.setAsideBackfill(backfillId),
      keys.setAsideBackfills,
      keys.backfillIndex,
      keys.activeBackfills,
      keys.backfillLease(backfillId),
    ],
    [
      backfillId,
      field,
      known,
      JSON.stringify({ field, reason, text: text === undefined ? undefined : excerptOf(text) }),
    ],
  );
  return word;
}

/** The note of one backfill that was set aside; undefined for none. */
export async function readSetAside(
  store: StateStore,
  id: string,
): Promise<SetAsideBackfill | undefined> {
  try {
    const text = await store.redis.hget(store.keys.setAsideBackfills, id);
    return text === null ? undefined : parsedEntry(text);
  } catch (error) {
    if (isWrongType(error)) return undefined;
    throw error;
  }
}

/** All backfills that are set aside. */
export async function listSetAside(
  store: StateStore,
): Promise<ReadonlyMap<string, SetAsideBackfill>> {
  const all = await store.redis.hgetall(store.keys.setAsideBackfills);
  return new Map(Object.entries(all).map(([id, text]) => [id, parsedEntry(text)]));
}

function parsedEntry(text: string): SetAsideBackfill {
  const unknown = { field: "header", reason: "cannot be read", atMs: 0 };
  try {
    const { text: excerpt, ...rest } = storedSchema.parse(JSON.parse(text));
    return excerpt === undefined ? rest : { ...rest, text: excerpt };
  } catch {
    // The note itself is damaged. The backfill stays set aside without its reason.
    return unknown;
  }
}
