import {
  backfillIdPattern,
  type BackfillSettings,
  backfillSettingsSchema,
  type BackfillStatus,
  backfillStatuses,
  backfillRequestSchema,
  isFinalStatus,
  settingsOfRequest,
} from "@infill/core";
import { InfillError } from "@infill/partitions";
import { z } from "zod";
import { byOf, type LogEntry, type LogFacts, logEntryJson } from "./backfillLog.ts";
import { dynamicRevisionsSchema } from "./dynamicKeySets.ts";
import { controlOfStatus } from "./ledgerControl.ts";
import { defineScript } from "./script.ts";
import type { StateStore } from "./stateStore.ts";

/** An id that no backfill has. */
export class UnknownBackfillError extends InfillError {
  readonly code = "INFILL_BACKFILL_UNKNOWN";
  readonly backfillId: string;

  constructor(backfillId: string) {
    const hint = backfillIdPattern.test(backfillId)
      ? "`infill backfill list` shows those that exist."
      : 'an id looks like "bf_01JD3K9V…"; `infill backfill list` shows those that exist.';
    super(`Unknown backfill "${backfillId.slice(0, 80)}": ${hint}`);
    this.backfillId = backfillId;
  }
}

const headerSchema = z.object({
  version: z.literal(1),
  request: backfillRequestSchema,
  /** In topological order. */
  assets: z.array(z.string()),
  /** The instant at which its partitions were worked out, epoch milliseconds: what did not exist then is not in it. */
  plannedMs: z.number(),
  /** Which dynamic keys there were then; absent where nothing is dynamic. */
  dynamic: dynamicRevisionsSchema.optional(),
});

/** What is recorded of a backfill when it is submitted; never changes. */
export type BackfillHeader = z.output<typeof headerSchema>;

const pauseSchema = z.object({
  /** Let what runs end, or abort it. */
  mode: z.enum(["drain", "stop"]),
  /** When it goes on by itself, epoch milliseconds by Redis' clock. */
  untilMs: z.number().optional(),
  /** Why, in words for people. */
  reason: z.string(),
  /** Who or what paused it. */
  cause: z.enum(["person", "budget", "canary"]).default("person"),
});

/** How a backfill is paused. */
export type BackfillPause = z.output<typeof pauseSchema>;

const progressSchema = z.object({
  version: z.literal(1),
  /** Whether the partitions that run first have all succeeded, or somebody decided to go on without. */
  canary: z.enum(["running", "passed", "waived"]),
  /** Failures that budgets no longer count, because it was resumed after them. */
  failuresBefore: z.int(),
  /** When it was resumed last, epoch milliseconds by Redis' clock; undefined where never. */
  resumedMs: z.number().optional(),
});

/** What its canary and its budgets go by, beside the ledgers. */
export type BackfillProgress = z.output<typeof progressSchema>;

const storedSettingsSchema = z.object({
  version: z.literal(1),
  settings: backfillSettingsSchema,
});

export interface BackfillRecord {
  readonly id: string;
  readonly status: BackfillStatus;
  /** How it runs now: what its request says, with the changes that were made since. */
  readonly settings: BackfillSettings;
  readonly progress: BackfillProgress;
  /** Counts the changes of status, and how often it was given partitions to run: an end decided by an earlier one is refused. */
  readonly revision: number;
  /** Set while it is paused. */
  readonly pause: BackfillPause | undefined;
  /** Epoch milliseconds, by Redis' clock. */
  readonly createdMs: number;
  readonly finishedMs: number | undefined;
  readonly header: BackfillHeader;
}

const createScript = defineScript("create_backfill", z.tuple([z.literal("created")]));

/** Makes a backfill exist, after its ledgers. Calling again changes nothing. */
export async function createBackfillRecord(
  store: StateStore,
  id: string,
  header: BackfillHeader,
): Promise<void> {
  const { keys } = store;
  await createScript(
    store.redis,
    [
      keys.backfill(id),
      keys.backfillIndex,
      keys.activeBackfills,
      keys.backfillEvents,
      keys.backfillLog(id),
    ],
    [id, JSON.stringify(header), logEntryJson({ what: "created", ...byOf(header.request) })],
  );
}

/** The ids of backfills that have not ended, in no order. */
export function activeBackfills(store: StateStore): Promise<string[]> {
  return store.redis.smembers(store.keys.activeBackfills);
}

/** Whether a backfill was recorded and is not removed. */
export async function backfillExists(store: StateStore, id: string): Promise<boolean> {
  return (await store.redis.exists(store.keys.backfill(id))) === 1;
}

/** @throws UnknownBackfillError */
export async function readBackfill(store: StateStore, id: string): Promise<BackfillRecord> {
  return recordOf(id, await readHeader(store, id));
}

/** The same; undefined where Redis answers that it knows no such backfill. */
export async function findBackfill(
  store: StateStore,
  id: string,
): Promise<BackfillRecord | undefined> {
  try {
    return await readBackfill(store, id);
  } catch (error) {
    if (error instanceof UnknownBackfillError) return undefined;
    throw error;
  }
}

async function readHeader(
  store: StateStore,
  id: string,
): Promise<Readonly<Record<string, string>>> {
  const values = backfillIdPattern.test(id)
    ? await store.redis.hgetall(store.keys.backfill(id))
    : {};
  if (values["header"] === undefined || values["deleting"] !== undefined)
    throw new UnknownBackfillError(id);
  return values;
}

function recordOf(id: string, values: Readonly<Record<string, string>>): BackfillRecord {
  const header = headerSchema.parse(JSON.parse(values["header"] ?? ""));
  return {
    id,
    settings:
      values["settings"] === undefined
        ? settingsOfRequest(header.request)
        : storedSettingsSchema.parse(JSON.parse(values["settings"])).settings,
    progress:
      values["progress"] === undefined
        ? { version: 1, canary: "running", failuresBefore: 0 }
        : progressSchema.parse(JSON.parse(values["progress"])),
    status: z.enum(backfillStatuses).parse(values["status"]),
    revision: Number(values["revision"] ?? 0),
    pause:
      values["pause"] === undefined ? undefined : pauseSchema.parse(JSON.parse(values["pause"])),
    createdMs: Number(values["created"]),
    finishedMs: values["finished"] === undefined ? undefined : Number(values["finished"]),
    header,
  };
}

const changeScript = defineScript(
  "change_backfill",
  z.union([
    z.tuple([z.literal("changed")]),
    z.tuple([z.literal("outdated"), z.string()]),
    z.tuple([z.literal("unknown")]),
  ]),
);

/** What a change of a backfill writes, and what its log says of it. */
export type BackfillChange = (
  | { readonly settings: BackfillSettings }
  | { readonly progress: BackfillProgress }
) & { readonly log?: LogEntry };

/**
 * Changes how a backfill runs. Where somebody else changes it at the same moment, the change is worked out again.
 *
 * @param change what to write, from the record as it stands; undefined for nothing
 * @returns the record that the change was worked out from, and whether something was written
 * @throws UnknownBackfillError
 */
export async function changeBackfill(
  store: StateStore,
  id: string,
  change: (record: BackfillRecord) => BackfillChange | undefined,
): Promise<{ readonly before: BackfillRecord; readonly changed: boolean }> {
  const { keys, redis } = store;
  for (;;) {
    const values = await readHeader(store, id);
    const before = recordOf(id, values);
    const wanted = change(before);
    if (wanted === undefined) return { before, changed: false };
    const [field, text] =
      "settings" in wanted
        ? ["settings", JSON.stringify({ version: 1, settings: wanted.settings })]
        : ["progress", JSON.stringify(wanted.progress)];
    const [word] = await changeScript(
      redis,
      [keys.backfill(id), keys.backfillEvents, keys.backfillLog(id)],
      [
        id,
        field,
        values[field] ?? "",
        text,
        wanted.log === undefined ? "" : logEntryJson(wanted.log),
      ],
    );
    if (word === "unknown") throw new UnknownBackfillError(id);
    if (word === "changed") return { before, changed: true };
  }
}

const statusReply = z.union([
  z.tuple([z.literal("set"), z.enum(backfillStatuses), z.int()]),
  z.tuple([z.enum(["kept", "outdated"]), z.enum(backfillStatuses), z.int()]),
  z.tuple([z.literal("unknown")]),
]);
const statusScript = defineScript("set_backfill_status", statusReply);

/**
 * Moves a backfill to another status, if it has one of those it may come from. To the status that it has already is a
 * change as well: whoever decided by the revision before is refused.
 *
 * @returns the status before, and whether it was changed
 * @throws UnknownBackfillError
 */
export async function setBackfillStatus(
  store: StateStore,
  id: string,
  change: {
    readonly to: BackfillStatus;
    readonly from: readonly BackfillStatus[];
    /** The record's, by which this was decided: with another one nothing is changed. Left out: whatever it is. */
    readonly revision?: number;
    /** Only with `paused`. */
    readonly pause?: z.input<typeof pauseSchema>;
    readonly actor?: string | undefined;
    readonly reason?: string | undefined;
    /** The log's word for it, such as `retried`; left out: the status. */
    readonly what?: string;
    /** What else the log says of it. */
    readonly details?: LogFacts;
    /** JSON of how it ended, to be delivered; only with a final status. */
    readonly summary?: string;
  },
): Promise<{ readonly changed: boolean; readonly status: BackfillStatus }> {
  const { keys } = store;
  const [word, status] = await statusScript(
    store.redis,
    [
      keys.backfill(id),
      keys.activeBackfills,
      keys.backfillEvents,
      keys.backfillLog(id),
      keys.deliveries,
    ],
    [
      id,
      change.to,
      isFinalStatus(change.to) ? 1 : 0,
      logEntryJson({
        what: change.what ?? change.to,
        ...byOf(change),
        ...(change.details === undefined ? {} : { details: change.details }),
      }),
      keys.controlChannel,
      controlOfStatus(change.to, change.pause?.mode),
      change.pause === undefined ? "" : JSON.stringify(change.pause),
      change.summary ?? "",
      change.revision ?? "",
      ...change.from,
    ],
  );
  if (word === "unknown" || status === undefined) throw new UnknownBackfillError(id);
  return { changed: word === "set", status };
}

const leaseScript = defineScript(
  "lease_backfill",
  z.union([
    z.tuple([z.literal("leased")]),
    z.tuple([z.literal("owned"), z.string()]),
    z.tuple([z.literal("released")]),
  ]),
);

/** Makes a planner the owner of a backfill, or keeps it so. @returns whether it is now */
export async function leaseBackfill(
  store: StateStore,
  id: string,
  planner: string,
  leaseMs: number,
): Promise<boolean> {
  const [word] = await leaseScript(store.redis, [store.keys.backfillLease(id)], [planner, leaseMs]);
  return word === "leased";
}

/** Gives ownership up, so that another planner need not wait for the lease to end. */
export async function releaseBackfill(
  store: StateStore,
  id: string,
  planner: string,
): Promise<void> {
  await leaseScript(store.redis, [store.keys.backfillLease(id)], [planner, 0]);
}
