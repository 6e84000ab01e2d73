import { isPart, type PackedTexts, unpackTexts } from "./packedBackfill.ts";
import type { StateStore } from "../store/stateStore.ts";
import { UnreadableBackfillError } from "../redis/unreadableBackfill.ts";

/** The fields of a backfill's hash without packing, and the packed entries of its log. */
export interface UnpackedBackfill {
  readonly fields: Readonly<Record<string, string>>;
  readonly log: readonly string[];
}

/**
 * Reads the fields of a backfill's hash, packed or not.
 *
 * @param values all fields of the hash
 * @throws UnreadableBackfillError if the packed texts are damaged
 */
export function unpackBackfill(
  id: string,
  values: Readonly<Record<string, string>>,
): UnpackedBackfill {
  const packed = unpacked(id, values);
  if (packed === undefined) return { fields: values, log: [] };
  const others = Object.entries(values).filter(([name]) => !isPart(name));
  // Fields written after the packing win.
  return { fields: { ...packed.fields, ...Object.fromEntries(others) }, log: packed.log };
}

function unpacked(id: string, values: Readonly<Record<string, string>>): PackedTexts | undefined {
  try {
    return unpackTexts(values);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const text = values["p0"];
    const reason = text === undefined ? "is missing" : "is not what a backfill is packed into";
    const what = { field: "p0", reason, ...(text === undefined ? {} : { text }) };
    throw new UnreadableBackfillError(id, what);
  }
}

/** The fields of a backfill's hash, packed or not; empty if it does not exist or is unreadable. */
export async function readUnpacked(
  store: StateStore,
  id: string,
): Promise<Readonly<Record<string, string>>> {
  return unpackBackfill(id, await store.redis.hgetall(store.keys.backfill(id))).fields;
}
