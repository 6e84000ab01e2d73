import { z } from "zod";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";
import { excerptOf, isWrongType } from "../redis/unreadable.ts";

/** A worker process's entry in the registry. */
export interface WorkerEntry {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  /** Slots by pool. */
  readonly pools: Readonly<Record<string, number>>;
  readonly state: "running" | "draining";
  /** Epoch milliseconds. */
  readonly startedMs: number;
  /** The fingerprint of its project. */
  readonly project?: string;
  /** How long its event loop has been blocked, in milliseconds; absent if it is not. */
  readonly blockedMs?: number;
  /** How long a heartbeat is valid, in milliseconds. */
  readonly leaseMs?: number;
}

/**
 * A stored entry. Other versions of Infill write to the same registry: a field that is absent or of
 * another form gets the value for "unknown", and unknown fields are kept.
 */
const storedSchema = z.looseObject({
  host: z.string().max(255).catch("unknown"),
  pid: z.int().min(0).catch(0),
  version: z.string().max(64).catch("unknown"),
  pools: z.record(z.string(), z.int().min(0).max(100_000).catch(0)).catch({}),
  state: z.string().max(32).catch("unknown"),
  startedMs: z.number().min(0).max(8.64e15).catch(0),
  project: z.string().max(64).optional().catch(undefined),
  leaseMs: z.number().min(0).max(86_400_000).optional().catch(undefined),
  blockedMs: z.number().min(0).max(8.64e15).optional().catch(undefined),
});

/** Most characters of an entry that are read. */
const mostEntryText = 64_000;

/** A worker in the registry, whichever version wrote its entry. */
export interface RegisteredWorker
  extends Omit<WorkerEntry, "state" | "project" | "leaseMs" | "blockedMs"> {
  /** Absent if its version of Infill does not write it. */
  readonly project?: string | undefined;
  /** Absent if its version of Infill does not write it. */
  readonly leaseMs?: number | undefined;
  readonly blockedMs?: number | undefined;
  /** As its process wrote it: `running`, `draining`, or a state that this version does not know. */
  readonly state: string;
  /** Whether its last heartbeat is still valid. */
  readonly isAlive: boolean;
  /** Milliseconds since its lease ended; negative while alive. */
  readonly overdueMs: number;
  /** Fields that this version does not know. */
  readonly [field: string]: unknown;
}

/** An entry of the registry that no version could have written. */
export interface UnreadableWorker {
  readonly id: string;
  /** The first characters of the entry. */
  readonly excerpt: string;
  /** Why it is unreadable, for people. */
  readonly reason: string;
}

/** All entries of the registry. */
export interface WorkerRegistry {
  readonly workers: readonly RegisteredWorker[];
  readonly unreadable: readonly UnreadableWorker[];
}

/** A lost worker stays listed for an hour. */
const keepLostMs = 3_600_000;

const writeScript = defineScript("write_worker", z.tuple([z.literal("written")]));

/** The arguments of `lua/write_worker.lua`. */
export function workerEntryCall(
  { keys }: StateStore,
  worker: WorkerEntry,
  leaseMs: number,
): { readonly keys: readonly string[]; readonly args: readonly (string | number)[] } {
  return {
    keys: [keys.worker(worker.id), keys.workerIndex],
    args: [worker.id, JSON.stringify({ ...worker, leaseMs }), leaseMs, keepLostMs],
  };
}

/** Writes a worker's entry and extends its lease. */
export async function writeWorker(
  store: StateStore,
  worker: WorkerEntry,
  leaseMs: number,
): Promise<void> {
  const call = workerEntryCall(store, worker, leaseMs);
  await writeScript(store.redis, call.keys, call.args);
}

/**
 * Whether the processes of some sessions live. A process renews its entry apart from its claims.
 *
 * @returns for each session, in order, how long its event loop has been blocked in milliseconds, 0
 *   if it is not; undefined if the process has no valid heartbeat
 */
export async function blockedMsOfSessions(
  store: StateStore,
  sessions: readonly string[],
): Promise<(number | undefined)[]> {
  if (sessions.length === 0) return [];
  const { keys, redis } = store;
  // A session has the name of its worker.
  const [nowMs, ends, entries] = await Promise.all([
    redisTimeMs(store),
    redis.zmscore(keys.workerIndex, [...sessions]),
    redis.mget(sessions.map((id) => keys.worker(id))),
  ]);
  return sessions.map((_, at) => {
    const json = entries[at];
    if (json === null || json === undefined || Number(ends[at] ?? 0) <= nowMs) return undefined;
    const blockedMs = parsedEntry(json)?.["blockedMs"];
    return typeof blockedMs === "number" ? blockedMs : 0;
  });
}

/** Removes a worker from the registry: one that has stopped, or an unreadable entry. */
export async function removeWorker(store: StateStore, id: string): Promise<void> {
  await store.redis.multi().del(store.keys.worker(id)).zrem(store.keys.workerIndex, id).exec();
}

/** All workers that are alive or were within the last hour, without unreadable entries. */
export async function readWorkers(store: StateStore): Promise<readonly RegisteredWorker[]> {
  return (await readWorkerRegistry(store)).workers;
}

/** The whole registry. Unreadable entries are listed apart from the others. */
export async function readWorkerRegistry(store: StateStore): Promise<WorkerRegistry> {
  const { keys, redis } = store;
  const listed = await redis
    .zrange(keys.workerIndex, 0, "-1", "WITHSCORES")
    .catch((error: unknown) => {
      // Without an index the registry counts as empty, until the doctor has set the key aside and
      // workers write again.
      if (isWrongType(error)) return [];
      throw error;
    });
  const ids = listed.filter((_, index) => index % 2 === 0);
  if (ids.length === 0) return { workers: [], unreadable: [] };
  const nowMs = await redisTimeMs(store);
  const entries = await redis.mget(ids.map((id) => keys.worker(id)));
  const workers: RegisteredWorker[] = [];
  const unreadable: UnreadableWorker[] = [];
  for (const [index, id] of ids.entries()) {
    const json = entries[index];
    // The entry has expired, or its key has a wrong type, which the doctor reports.
    if (json === null || json === undefined) continue;
    const isTooLong = json.length > mostEntryText;
    const entry = isTooLong ? undefined : parsedEntry(json);
    if (entry === undefined) {
      const reason = isTooLong ? "it is too long" : "it is not a JSON object";
      unreadable.push({ id, excerpt: excerptOf(json.slice(0, 1_000)), reason });
      continue;
    }
    const overdueMs = nowMs - Number(listed[2 * index + 1]);
    // The id comes from the index, not from the entry itself.
    workers.push({ ...entry, id, isAlive: overdueMs < 0, overdueMs });
  }
  return { workers, unreadable };
}

function parsedEntry(json: string): z.output<typeof storedSchema> | undefined {
  try {
    return storedSchema.safeParse(JSON.parse(json)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Redis' clock in epoch milliseconds, the only clock for leases. */
export async function redisTimeMs(store: StateStore): Promise<number> {
  const [seconds, micros] = await store.redis.time();
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
}
