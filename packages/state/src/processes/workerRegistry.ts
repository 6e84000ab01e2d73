import { z } from "zod";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";
import { excerptOf, isWrongType } from "../redis/unreadable.ts";

/** What a worker process says of itself. */
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
  /** For how long its event loop has been blocked by now, in milliseconds; left out where it is not. */
  readonly blockedMs?: number;
  /** How long a heartbeat counts, in milliseconds; told with the entry. */
  readonly leaseMs?: number;
}

/**
 * An entry as it stands in Redis. Other versions of Infill write to the same registry, so a field that is absent or of
 * another form takes the value that stands for "not told", and fields that this version does not know are kept.
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

/** Characters of an entry that are read. */
const mostEntryText = 64_000;

/** A worker as the registry lists it, whichever version wrote its entry. */
export interface RegisteredWorker
  extends Omit<WorkerEntry, "state" | "project" | "leaseMs" | "blockedMs"> {
  /** Absent where its version of Infill does not tell. */
  readonly project?: string | undefined;
  /** Absent where its version of Infill does not tell. */
  readonly leaseMs?: number | undefined;
  readonly blockedMs?: number | undefined;
  /** As its process wrote it: `running`, `draining`, or a state that only another version knows. */
  readonly state: string;
  /** Whether its heartbeat is in time. */
  readonly isAlive: boolean;
  /** Milliseconds since its lease began to lapse; negative while alive. */
  readonly overdueMs: number;
  /** Fields that this version does not know. */
  readonly [field: string]: unknown;
}

/** An entry of the registry that no version's form fits. */
export interface UnreadableWorker {
  readonly id: string;
  /** The first characters of what stands there. */
  readonly excerpt: string;
  /** Why it cannot be read, in words for people. */
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

/** What `lua/write_worker.lua` is called with. */
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

/** Writes a worker's entry and prolongs it. */
export async function writeWorker(
  store: StateStore,
  worker: WorkerEntry,
  leaseMs: number,
): Promise<void> {
  const call = workerEntryCall(store, worker, leaseMs);
  await writeScript(store.redis, call.keys, call.args);
}

/**
 * Whether the process that holds, or held, claims under some sessions lives: its entry is renewed apart from its claims.
 *
 * @returns for each session, in order, milliseconds for which its event loop has been blocked, 0 where it is not;
 * undefined where nothing is heard of the process
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

/** Takes a worker off the list: one that ended by itself, or an entry that cannot be read. */
export async function removeWorker(store: StateStore, id: string): Promise<void> {
  await store.redis.multi().del(store.keys.worker(id)).zrem(store.keys.workerIndex, id).exec();
}

/** All workers that are alive or were within the last hour, without those whose entry cannot be read. */
export async function readWorkers(store: StateStore): Promise<readonly RegisteredWorker[]> {
  return (await readWorkerRegistry(store)).workers;
}

/** The whole registry. An entry that cannot be read keeps no other from being listed. */
export async function readWorkerRegistry(store: StateStore): Promise<WorkerRegistry> {
  const { keys, redis } = store;
  const listed = await redis
    .zrange(keys.workerIndex, 0, "-1", "WITHSCORES")
    .catch((error: unknown) => {
      // Without its index the registry is empty, until the doctor has set the key aside and workers write to it again.
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
    // Expired, or no string at all: the doctor tells a key of a wrong type.
    if (json === null || json === undefined) continue;
    const isTooLong = json.length > mostEntryText;
    const entry = isTooLong ? undefined : parsedEntry(json);
    if (entry === undefined) {
      const reason = isTooLong ? "it is too long" : "it is not a JSON object";
      unreadable.push({ id, excerpt: excerptOf(json.slice(0, 1_000)), reason });
      continue;
    }
    const overdueMs = nowMs - Number(listed[2 * index + 1]);
    // The index's id is the one by which the entry was found, whatever the entry calls itself.
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

/** Redis' clock, epoch milliseconds: the one clock by which leases are judged. */
export async function redisTimeMs(store: StateStore): Promise<number> {
  const [seconds, micros] = await store.redis.time();
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
}
