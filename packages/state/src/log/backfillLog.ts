import { z } from "zod";
import { answersOf } from "../redis/answersOf.ts";
import { unpackBackfill } from "../packed/unpackBackfill.ts";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";
import { excerptOf, storedJson } from "../redis/unreadable.ts";
import { storedInstantSchema } from "../redis/storedInstantOf.ts";

/** Parses stored `LogFacts`. */
export const factsSchema = z.record(z.string(), z.json());

/** Names and values of a log entry: JSON, a few hundred bytes. */
export type LogFacts = z.output<typeof factsSchema>;

/** An action on a backfill. */
export interface LogEntry {
  /**
   * One word for the action, in the past tense if possible: `created`, `paused`,
   * `settings_changed`.
   */
  readonly what: string;
  /** "" if the planner did it. */
  readonly actor?: string | undefined;
  readonly reason?: string | undefined;
  /** The changed values only, before and after. */
  readonly before?: LogFacts;
  readonly after?: LogFacts;
  /** Further facts, such as the number of partitions. */
  readonly details?: LogFacts;
}

const storedSchema = z.object({
  v: z.literal(1),
  n: z.int(),
  atMs: storedInstantSchema,
  what: z.string(),
  actor: z.string(),
  reason: z.string(),
  before: factsSchema.optional(),
  after: factsSchema.optional(),
  details: factsSchema.optional(),
});

/** An entry as Redis keeps it. */
export interface LoggedEvent {
  /** Numbers the entries of one backfill from 1. */
  readonly number: number;
  /** Epoch milliseconds, by Redis' clock. */
  readonly atMs: number;
  readonly what: string;
  readonly actor: string;
  readonly reason: string;
  readonly before: LogFacts | undefined;
  readonly after: LogFacts | undefined;
  readonly details: LogFacts | undefined;
}

/** The JSON for `append_log`, which adds number and time. */
export function logEntryJson(entry: LogEntry): string {
  const { what, actor, reason, before, after, details } = entry;
  return JSON.stringify({ what, actor: actor ?? "", reason: reason ?? "", before, after, details });
}

/** The actor and reason of a change. */
export function byOf(change: {
  readonly actor?: string | undefined;
  readonly reason?: string | undefined;
}): Pick<LogEntry, "actor" | "reason"> {
  return { actor: change.actor, reason: change.reason };
}

const logScript = defineScript(
  "log_backfill",
  z.union([z.tuple([z.literal("logged"), z.int()]), z.tuple([z.literal("unknown")])]),
);

/**
 * Appends an entry to a backfill's log for an action that changes no status. `setBackfillStatus`,
 * `createBackfillRecord` and every transition that includes `append_log` write their own entries.
 *
 * @returns whether the backfill exists
 */
export async function appendBackfillLog(
  store: StateStore,
  backfillId: string,
  entry: LogEntry,
): Promise<boolean> {
  const { keys } = store;
  const [word] = await logScript(
    store.redis,
    [keys.backfill(backfillId), keys.backfillLog(backfillId)],
    [logEntryJson(entry)],
  );
  return word === "logged";
}

/**
 * Reads a backfill's log, oldest first. Redis keeps the newest 1,000 entries.
 *
 * @param after only entries with a larger number
 * @param limit at most this many, 1 to 1,000
 * @throws UnreadableBackfillError if the log is packed and damaged
 */
export async function readBackfillLog(
  store: StateStore,
  backfillId: string,
  after: number,
  limit: number,
): Promise<LoggedEvent[]> {
  const { redis, keys } = store;
  // Reads the whole log: entries are trimmed, set aside and packed meanwhile, so an index does not
  // give a number.
  const [hash, list] = answersOf(
    await redis
      .multi()
      .hgetall(keys.backfill(backfillId))
      .lrange(keys.backfillLog(backfillId), 0, -1)
      .exec(),
  );
  const { log } = unpackBackfill(backfillId, z.record(z.string(), z.string()).parse(hash));
  const texts = [...log, ...z.array(z.string()).parse(list)];
  const parsed = texts.map(parseEvent);
  const known = parsed.findIndex((event) => event !== undefined);
  let number = Math.max(0, (parsed[known]?.number ?? known + 1) - known - 1);
  const events = texts.map((text, at): LoggedEvent => {
    const event = parsed[at] ?? unreadableEvent(text, number + 1);
    ({ number } = event);
    return event;
  });
  return events.filter((event) => event.number > after).slice(0, limit);
}

/** Replaces an unreadable entry, so that the others are shown. */
function unreadableEvent(text: string, number: number): LoggedEvent {
  const absent = { before: undefined, after: undefined };
  const details = { text: excerptOf(text) };
  return { number, atMs: 0, what: "unreadable", actor: "", reason: "", ...absent, details };
}

/** Whether `readBackfillLog` can read an entry. */
export function isReadableLogEntry(text: string): boolean {
  return parseEvent(text) !== undefined;
}

function parseEvent(text: string): LoggedEvent | undefined {
  const { data } = storedSchema.safeParse(storedJson(text));
  if (data === undefined) return undefined;
  const { n, atMs, what, actor, reason, before, after, details } = data;
  return { number: n, atMs, what, actor, reason, before, after, details };
}
