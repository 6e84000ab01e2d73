import {
  backfillIdPattern,
  type BackfillSettings,
  type BackfillStatus,
  backfillStatuses,
  isFinalStatus,
} from "@infill/core";
import { z } from "zod";
import { byOf, type LogEntry, type LogFacts, logEntryJson } from "../log/backfillLog.ts";
import {
  type BackfillHeader,
  type BackfillPause,
  type BackfillProgress,
  type BackfillRecord,
  recordOf,
  UnknownBackfillError,
} from "./backfillRecord.ts";
import { controlOfStatus } from "../ledger/ledgerControl.ts";
import { isPart } from "../packed/packedBackfill.ts";
import { unpackBackfill } from "../packed/unpackBackfill.ts";
import { defineScript } from "../redis/script.ts";
import { readSetAside } from "./setAsideBackfill.ts";
import type { StateStore } from "../store/stateStore.ts";
import { refuseWrongType, UnreadableBackfillError } from "../redis/unreadableBackfill.ts";

const createScript = defineScript("create_backfill", z.tuple([z.literal("created")]));

/**
 * Creates a backfill's record. Call it after opening its ledgers. A second call changes nothing.
 */
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

/** Whether a backfill exists and its deletion has not begun. */
export async function backfillExists(store: StateStore, id: string): Promise<boolean> {
  return (await store.redis.exists(store.keys.backfill(id))) === 1;
}

/** Whether a backfill has ended or is deleted, so that nothing of it is left to run. */
export async function isBackfillOver(store: StateStore, id: string): Promise<boolean> {
  const status = await store.redis.hget(store.keys.backfill(id), "status");
  return status === null || backfillStatuses.some((each) => each === status && isFinalStatus(each));
}

/**
 * Reads a backfill.
 *
 * @throws UnknownBackfillError, UnreadableBackfillError
 */
export async function readBackfill(store: StateStore, id: string): Promise<BackfillRecord> {
  return recordOf(id, unpackBackfill(id, await readFields(store, id)).fields);
}

/**
 * Reads a backfill. @returns undefined if Redis has no such backfill
 *
 * @throws UnreadableBackfillError
 */
export async function findBackfill(
  store: StateStore,
  id: string,
): Promise<BackfillRecord | undefined> {
  return knownOrUndefined(readBackfill(store, id));
}

/**
 * Parses a backfill from the fields of its hash.
 *
 * @throws UnreadableBackfillError
 */
export async function backfillOfFields(
  store: StateStore,
  id: string,
  values: Readonly<Record<string, string>>,
): Promise<BackfillRecord | undefined> {
  const read = async () =>
    recordOf(id, unpackBackfill(id, await requireFields(store, id, values)).fields);
  return knownOrUndefined(read());
}

async function knownOrUndefined(
  reading: Promise<BackfillRecord>,
): Promise<BackfillRecord | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof UnknownBackfillError) return undefined;
    throw error;
  }
}

/**
 * Reads another backfill than the caller's own: an unreadable one is undefined too, because the
 * doctor handles it.
 */
export async function findReadableBackfill(
  store: StateStore,
  id: string,
): Promise<BackfillRecord | undefined> {
  try {
    return await findBackfill(store, id);
  } catch (error) {
    if (error instanceof UnreadableBackfillError) return undefined;
    throw error;
  }
}

/** Reads the fields of the hash, packed or not. */
async function readFields(
  store: StateStore,
  id: string,
): Promise<Readonly<Record<string, string>>> {
  const { redis, keys } = store;
  if (!backfillIdPattern.test(id)) throw new UnknownBackfillError(id);
  const values = await redis
    .hgetall(keys.backfill(id))
    .catch((error: unknown) => refuseWrongType(error, id, "header"));
  return requireFields(store, id, values);
}

/** @throws UnknownBackfillError; UnreadableBackfillError if there is no header */
async function requireFields(
  store: StateStore,
  id: string,
  values: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  if (values["deleting"] !== undefined) throw new UnknownBackfillError(id);
  if (values["header"] !== undefined || Object.keys(values).some(isPart)) return values;
  if (Object.keys(values).length > 0)
    throw new UnreadableBackfillError(id, { field: "header", reason: "is missing" });
  const setAside = await readSetAside(store, id);
  if (setAside === undefined) throw new UnknownBackfillError(id);
  throw new UnreadableBackfillError(id, setAside, setAside.atMs);
}

const changeScript = defineScript(
  "change_backfill",
  z.union([
    z.tuple([z.literal("changed")]),
    z.tuple([z.literal("outdated"), z.string()]),
    z.tuple([z.literal("unknown")]),
  ]),
);

/** Computes from the record what to write, and the entry for the log. */
export type BackfillChange = (
  | { readonly settings: BackfillSettings }
  | { readonly progress: BackfillProgress }
  | { readonly versions: ReadonlyMap<string, string> }
) & { readonly log?: LogEntry };

/**
 * Changes how a backfill runs. If another change comes first, computes the change again from the
 * new record.
 *
 * @param change returns what to write, given the present record; undefined to write nothing
 * @returns the record that the change was computed from, and whether it was written
 * @throws UnknownBackfillError, UnreadableBackfillError
 */
export async function changeBackfill(
  store: StateStore,
  id: string,
  change: (
    record: BackfillRecord,
  ) => BackfillChange | undefined | Promise<BackfillChange | undefined>,
): Promise<{ readonly before: BackfillRecord; readonly changed: boolean }> {
  const { keys, redis } = store;
  for (;;) {
    const values = await readFields(store, id);
    const before = recordOf(id, unpackBackfill(id, values).fields);
    const wanted = await change(before);
    if (wanted === undefined) return { before, changed: false };
    const [field, text] = fieldOf(wanted);
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

/** The field of the hash that a change writes, and its JSON. */
function fieldOf(change: BackfillChange): [name: string, text: string] {
  if ("settings" in change)
    return ["settings", JSON.stringify({ version: 1, settings: change.settings })];
  if ("progress" in change) return ["progress", JSON.stringify(change.progress)];
  return ["versions", JSON.stringify({ version: 1, assets: Object.fromEntries(change.versions) })];
}

const statusReply = z.union([
  z.tuple([z.literal("set"), z.enum(backfillStatuses), z.int()]),
  z.tuple([z.enum(["kept", "outdated"]), z.enum(backfillStatuses), z.int()]),
  z.tuple([z.literal("unknown")]),
]);
const statusScript = defineScript("set_backfill_status", statusReply);

/**
 * Changes a backfill's status if the present one is in `from`. Setting the present status again is
 * a change too: it raises the revision, so that decisions made at an earlier revision are refused.
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
    /** The revision that the caller read; the call changes nothing at another one. Default: any. */
    readonly revision?: number;
    /** Only with `paused`. */
    readonly pause?: Omit<BackfillPause, "cause"> & Partial<Pick<BackfillPause, "cause">>;
    readonly actor?: string | undefined;
    readonly reason?: string | undefined;
    /** The log's word for it, such as `retried`; default: the status. */
    readonly what?: string;
    /** Further facts for the log. */
    readonly details?: LogFacts;
    /** JSON to deliver, of an end or of a pause by itself; only with a final status or `paused`. */
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

/** Takes or renews a planner's lease on a backfill. @returns whether the planner has it */
export async function leaseBackfill(
  store: StateStore,
  id: string,
  planner: string,
  leaseMs: number,
): Promise<boolean> {
  const [word] = await leaseScript(store.redis, [store.keys.backfillLease(id)], [planner, leaseMs]);
  return word === "leased";
}

/**
 * Takes or renews a planner's lease on pruning. @param leaseMs 0 gives it up @returns whether the
 * planner has it
 */
export async function leaseRetention(
  store: StateStore,
  planner: string,
  leaseMs: number,
): Promise<boolean> {
  const [word] = await leaseScript(store.redis, [store.keys.retentionLease], [planner, leaseMs]);
  return word === "leased";
}

/** Gives a lease up, so that another planner need not wait for its end. */
export async function releaseBackfill(
  store: StateStore,
  id: string,
  planner: string,
): Promise<void> {
  await leaseScript(store.redis, [store.keys.backfillLease(id)], [planner, 0]);
}
