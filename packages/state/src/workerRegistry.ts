import { z } from "zod";
import type { StateStore } from "./stateStore.ts";

const workerSchema = z.object({
  id: z.string(),
  host: z.string(),
  pid: z.int(),
  version: z.string(),
  /** Slots by pool. */
  pools: z.record(z.string(), z.int()),
  state: z.enum(["running", "draining"]),
  /** Epoch milliseconds. */
  startedMs: z.number(),
});

/** What a worker process says of itself. */
export type WorkerEntry = z.output<typeof workerSchema>;

export interface RegisteredWorker extends WorkerEntry {
  /** Whether its heartbeat is in time. */
  readonly isAlive: boolean;
  /** Milliseconds since its lease began to lapse; negative while alive. */
  readonly overdueMs: number;
}

/** A lost worker stays listed for an hour. */
const keepLostMs = 3_600_000;

/** Writes a worker's entry and prolongs it. Workers and planners use Redis' clock through `nowMs`. */
export async function writeWorker(
  store: StateStore,
  worker: WorkerEntry,
  leaseMs: number,
): Promise<void> {
  const { keys, redis } = store;
  const nowMs = await redisTimeMs(store);
  await redis
    .multi()
    .set(keys.worker(worker.id), JSON.stringify(worker), "PX", leaseMs + keepLostMs)
    .zadd(keys.workerIndex, nowMs + leaseMs, worker.id)
    .zremrangebyscore(keys.workerIndex, "-inf", nowMs - keepLostMs)
    .exec();
}

/** Takes a worker that ended by itself off the list. */
export async function removeWorker(store: StateStore, id: string): Promise<void> {
  await store.redis.multi().del(store.keys.worker(id)).zrem(store.keys.workerIndex, id).exec();
}

/** All workers that are alive or were within the last hour. */
export async function readWorkers(store: StateStore): Promise<RegisteredWorker[]> {
  const { keys, redis } = store;
  const listed = await redis.zrange(keys.workerIndex, 0, "-1", "WITHSCORES");
  const ids = listed.filter((_, index) => index % 2 === 0);
  if (ids.length === 0) return [];
  const nowMs = await redisTimeMs(store);
  const entries = await redis.mget(ids.map((id) => keys.worker(id)));
  return entries.flatMap((json, index) => {
    if (json === null) return [];
    const overdueMs = nowMs - Number(listed[2 * index + 1]);
    return [{ ...workerSchema.parse(JSON.parse(json)), isAlive: overdueMs < 0, overdueMs }];
  });
}

/** Redis' clock, epoch milliseconds: the one clock by which leases are judged. */
export async function redisTimeMs(store: StateStore): Promise<number> {
  const [seconds, micros] = await store.redis.time();
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
}
