import { z } from "zod";
import type { StateStore } from "../store/stateStore.ts";
import { isWrongType } from "../redis/unreadable.ts";
import { redisTimeMs } from "./workerRegistry.ts";

/** A planner process's entry in the registry. */
export interface PlannerEntry {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  /** Epoch milliseconds. */
  readonly startedMs: number;
  /** The fingerprint of its project. */
  readonly project: string;
}

/**
 * Other versions write here too: a field that is absent or of another form gets the value for
 * "unknown".
 */
const storedSchema = z.looseObject({
  host: z.string().max(255).catch("unknown"),
  pid: z.int().catch(0),
  version: z.string().max(64).catch("unknown"),
  startedMs: z.number().min(0).max(8.64e15).catch(0),
  project: z.string().max(64).optional().catch(undefined),
  leaseMs: z.number().min(0).max(86_400_000).optional().catch(undefined),
});

/** A planner in the registry. */
export interface RegisteredPlanner extends Omit<PlannerEntry, "project"> {
  readonly project?: string | undefined;
  /**
   * How long a heartbeat is valid, in milliseconds; absent if its version of Infill does not write
   * it.
   */
  readonly leaseMs?: number | undefined;
  /** Whether its last heartbeat is still valid. */
  readonly isAlive: boolean;
  /** Milliseconds since its heartbeat was due; negative while alive. */
  readonly overdueMs: number;
}

/** A planner that was lost stays listed for an hour. */
const keepLostMs = 3_600_000;

/**
 * Writes a planner's entry and extends its lease. @param leaseMs how long it counts as alive
 * without another call
 */
export async function writePlanner(
  store: StateStore,
  planner: PlannerEntry,
  leaseMs: number,
): Promise<void> {
  const { keys, redis } = store;
  const nowMs = await redisTimeMs(store);
  await redis
    .multi()
    .set(
      keys.planner(planner.id),
      JSON.stringify({ ...planner, leaseMs }),
      "PX",
      leaseMs + keepLostMs,
    )
    .zadd(keys.plannerIndex, nowMs + leaseMs, planner.id)
    .zremrangebyscore(keys.plannerIndex, "-inf", nowMs - keepLostMs)
    .exec();
}

/** Removes a planner that has stopped from the registry. */
export async function removePlanner(store: StateStore, id: string): Promise<void> {
  await store.redis.multi().del(store.keys.planner(id)).zrem(store.keys.plannerIndex, id).exec();
}

/** All planners that are alive or were within the last hour, without unreadable entries. */
export async function readPlanners(store: StateStore): Promise<readonly RegisteredPlanner[]> {
  const { keys, redis } = store;
  const listed = await redis
    .zrange(keys.plannerIndex, 0, "-1", "WITHSCORES")
    .catch(withoutIndex<string[]>([]));
  const ids = listed.filter((_, index) => index % 2 === 0);
  if (ids.length === 0) return [];
  const nowMs = await redisTimeMs(store);
  const entries = await redis.mget(ids.map((id) => keys.planner(id)));
  return ids.flatMap((id, index) => {
    const entry = parsed(entries[index] ?? "");
    if (entry === undefined) return [];
    const overdueMs = nowMs - Number(listed[2 * index + 1]);
    return [{ ...entry, id, isAlive: overdueMs < 0, overdueMs }];
  });
}

/** Whether any planner's last heartbeat is still valid. */
export async function isAnyPlannerAlive(store: StateStore): Promise<boolean> {
  const nowMs = await redisTimeMs(store);
  const alive = await store.redis
    .zcount(store.keys.plannerIndex, `(${nowMs}`, "+inf")
    .catch(withoutIndex(0));
  return alive > 0;
}

/**
 * Without an index the registry counts as empty, until the doctor has set the key aside and
 * planners write again.
 */
function withoutIndex<T>(nothing: T): (error: unknown) => T {
  return (error) => {
    if (isWrongType(error)) return nothing;
    throw error;
  };
}

function parsed(json: string): z.output<typeof storedSchema> | undefined {
  try {
    return storedSchema.safeParse(JSON.parse(json)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
