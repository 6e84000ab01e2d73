import { z } from "zod";
import { factsSchema, type LogFacts } from "./backfillLog.ts";
import type { StateStore } from "../store/stateStore.ts";
import { excerptOf, storedJson } from "../redis/unreadable.ts";
import { storedInstantOf } from "../redis/storedInstantOf.ts";

const entrySchema = z.object({
  what: z.string(),
  actor: z.string(),
  reason: z.string(),
  details: factsSchema.optional(),
});

/** A change by hand. */
export interface LoggedChange {
  /** Sorts by age. */
  readonly id: string;
  /** Epoch milliseconds, by Redis' clock. */
  readonly atMs: number;
  /**
   * `marked` or `wiped`; `unreadable` for an entry of another form, whose first characters are
   * `text` of the details.
   */
  readonly what: string;
  readonly actor: string;
  readonly reason: string;
  readonly details: LogFacts | undefined;
}

/** The id of an entry of the audit stream, as Redis writes it. */
export const auditIdPattern = /^\d{1,15}-\d{1,15}$/;

/** Whether `readPartitionAudit` can read an entry. */
export function isReadableChange(text: string): boolean {
  return entrySchema.safeParse(storedJson(text)).success;
}

/**
 * An asset's changes by hand, newest first; Redis keeps the newest 1,000.
 *
 * @param before only entries older than the one with this id; undefined to start with the newest
 * @param limit at most this many
 */
export async function readPartitionAudit(
  store: StateStore,
  asset: string,
  before: string | undefined,
  limit: number,
): Promise<LoggedChange[]> {
  const key = store.keys.audit(asset);
  const end = before === undefined ? "+" : `(${before}`;
  const entries = await store.redis.xrevrange(key, end, "-", "COUNT", limit);
  return entries.map(([id, [, , , text = ""]]) => {
    const atMs = storedInstantOf(id.split("-")[0]);
    const { data } = entrySchema.safeParse(storedJson(text));
    if (data !== undefined) return { id, atMs, ...data, details: data.details };
    const details = { text: excerptOf(text) };
    return { id, atMs, what: "unreadable", actor: "", reason: "", details };
  });
}
