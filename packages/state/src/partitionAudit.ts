import { z } from "zod";
import { factsSchema, type LogFacts } from "./backfillLog.ts";
import type { StateStore } from "./stateStore.ts";

const entrySchema = z.object({
  what: z.string(),
  actor: z.string(),
  reason: z.string(),
  details: factsSchema.optional(),
});

/** A change that somebody made by hand. */
export interface LoggedChange {
  /** Sorts by age. */
  readonly id: string;
  /** Epoch milliseconds, by Redis' clock. */
  readonly atMs: number;
  /** `marked` or `wiped`. */
  readonly what: string;
  readonly actor: string;
  readonly reason: string;
  readonly details: LogFacts | undefined;
}

/** The id of an entry of the audit stream, as Redis writes it. */
export const auditIdPattern = /^\d{1,15}-\d{1,15}$/;

/**
 * What was changed by hand in an asset, newest first; the newest 1,000 changes are kept.
 *
 * @param before only entries older than the one with this id; undefined for the newest
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
    const { what, actor, reason, details } = entrySchema.parse(JSON.parse(text));
    return { id, atMs: Number(id.split("-")[0]), what, actor, reason, details };
  });
}
