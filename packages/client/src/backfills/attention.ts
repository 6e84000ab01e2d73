import {
  type BackfillRecord,
  olderThanNeeded,
  readBackfillLog,
  readPlanners,
  redisTimeMs,
  type RegisteredWorker,
  type StateStore,
} from "@infill/state";
import { olderProjects } from "../processes/olderProjects.ts";

/** A problem that holds a backfill up and that its counts do not show. */
export interface Attention {
  readonly code: "REDIS_AWAY" | "NO_PLANNER" | "NO_WORKER" | "OLDER_WORKERS" | "PAUSED_BY_ITSELF";
  /** The problem, in sentences. */
  readonly message: string;
  /** A command that solves it, if there is one. */
  readonly command?: string;
  /** Since when, ISO 8601, UTC; absent if unknown. */
  readonly since?: string;
}

/** How long a planner may take to adopt a new or changed backfill, in milliseconds. */
const plannerPatienceMs = 5_000;

/**
 * The problems that hold a backfill up, most urgent first.
 *
 * @param idlePools pools with partitions to run and without a live worker
 * @param serving live workers of pools with partitions to run
 */
export async function attentionOf(
  store: StateStore,
  record: BackfillRecord,
  idlePools: readonly string[],
  serving: readonly RegisteredWorker[],
): Promise<Attention[]> {
  const { id, status, pause } = record;
  if (status === "paused")
    return pause === undefined || pause.cause === "person"
      ? []
      : [pausedByItself(id, pause.reason)];
  if (status !== "running" && status !== "canceling") return [];
  const found: Attention[] = [];
  const isPlanned = (await store.redis.exists(store.keys.backfillLease(id))) === 1;
  if (!isPlanned) {
    const alive = (await readPlanners(store)).filter(({ isAlive }) => isAlive);
    const older = await countOlder(store, record, alive);
    if (older === alive.length || !(await isNews(store, record)))
      found.push(noPlanner(alive.length, older));
  }
  if (status !== "running") return found;
  if (idlePools.length > 0) found.push(noWorker(idlePools));
  const older = await countOlder(store, record, serving);
  if (older > 0) found.push(olderWorkers(older, serving.length));
  return found;
}

/**
 * Whether a backfill was created or changed a moment ago. A live planner takes a moment to adopt a
 * new, resumed or canceled one.
 */
async function isNews(store: StateStore, { id, createdMs }: BackfillRecord): Promise<boolean> {
  // All times are by Redis' clock.
  const sinceMs = (await redisTimeMs(store)) - plannerPatienceMs;
  if (createdMs >= sinceMs) return true;
  const events = await readBackfillLog(store, id, 0, 1_000);
  return (events.at(-1)?.atMs ?? 0) >= sinceMs;
}

/**
 * How many of these processes run an older project than a backfill needs. They leave the backfill
 * to others.
 *
 * @param asset the only asset to compare, as workers do; default: all of the backfill, as planners
 *   do
 */
export async function countOlder(
  store: StateStore,
  { versions }: BackfillRecord,
  processes: readonly { readonly project?: string | undefined }[],
  asset?: string,
): Promise<number> {
  const wanted = [...versions].filter(([name]) => asset === undefined || name === asset);
  if (wanted.length === 0) return 0;
  const fingerprints = processes.flatMap(({ project }) => project ?? []);
  const older = await olderProjects(store, fingerprints, new Map(wanted), olderThanNeeded);
  return fingerprints.filter((fingerprint) => older.has(fingerprint)).length;
}

function noPlanner(alive: number, older: number): Attention {
  return {
    code: "NO_PLANNER",
    message: noPlannerText(alive, older),
    command: "infill planner start",
  };
}

function noPlannerText(alive: number, older: number): string {
  if (alive === 0) return "No planner is running, so no new partitions of this backfill start.";
  if (older < alive)
    return "A planner is running but does not plan this backfill; its log says why.";
  return `${noneHas(alive, "planner")}, so no new partitions of it start. Restart ${alive === 1 ? "it" : "them"}.`;
}

function olderWorkers(older: number, all: number): Attention {
  if (older === all)
    return {
      code: "OLDER_WORKERS",
      message: `${noneHas(all, "worker")}, so its partitions wait. Restart ${all === 1 ? "it" : "them"}.`,
      command: "infill worker start",
    };
  return {
    code: "OLDER_WORKERS",
    message: `${older} of ${all} workers ${older === 1 ? "runs" : "run"} an older project than this backfill was planned with, and ${older === 1 ? "leaves" : "leave"} it to the others. Restart ${older === 1 ? "it" : "them"}.`,
    command: "infill worker list",
  };
}

export function noneHas(count: number, noun: string): string {
  return count === 1
    ? `The only ${noun} runs an older project than this backfill was planned with`
    : `All ${count} ${noun}s run an older project than this backfill was planned with`;
}

function noWorker(pools: readonly string[]): Attention {
  const names = pools.map((pool) => `"${pool}"`).join(", ");
  return {
    code: "NO_WORKER",
    message: `No worker serves the ${pools.length === 1 ? "pool" : "pools"} ${names}, so its partitions wait.`,
    command: `infill worker start --pool ${pools.join(",")}`,
  };
}

function pausedByItself(id: string, reason: string): Attention {
  return {
    code: "PAUSED_BY_ITSELF",
    message: `It paused by itself: ${reason.replace(/\.$/, "")}.`,
    command: `infill backfill resume ${id}`,
  };
}

/** The present wait of the connection, if it is longer than a moment. */
export function redisAttention({ redis }: StateStore, nowMs: number): Attention | undefined {
  const { current } = redis.waits;
  if (current === undefined || nowMs - current.sinceMs < 1_000) return undefined;
  return {
    code: "REDIS_AWAY",
    message: `${current.text} The rest of this view is from before.`,
    since: new Date(current.sinceMs).toISOString(),
  };
}
