import {
  type BackfillRecord,
  readPlanners,
  redisTimeMs,
  type RegisteredWorker,
  type StateStore,
} from "@infill/state";
import { olderProjects } from "../processes/projectAges.ts";

/** Something that holds a backfill up and that nobody would notice from its counts. */
export interface Attention {
  readonly code: "REDIS_AWAY" | "NO_PLANNER" | "NO_WORKER" | "OLDER_WORKERS" | "PAUSED_BY_ITSELF";
  /** What is the matter, in sentences. */
  readonly message: string;
  /** What to run to go on, where a command does it. */
  readonly command?: string;
  /** Since when, ISO 8601, UTC; absent where nothing tells. */
  readonly since?: string;
}

/** What no planner does within this long after a backfill was submitted, it does not do, in milliseconds. */
const plannerPatienceMs = 5_000;

/**
 * What holds a backfill up, the most urgent first.
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
  const { id, status, pause, createdMs } = record;
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
    // One that is alive takes a moment to take a new backfill up. Both times are by Redis' clock.
    if (older === alive.length || (await redisTimeMs(store)) - createdMs > plannerPatienceMs)
      found.push(noPlanner(alive.length, older));
  }
  if (status !== "running") return found;
  if (idlePools.length > 0) found.push(noWorker(idlePools));
  const older = await countOlder(store, record, serving);
  if (older > 0) found.push(olderWorkers(older, serving.length));
  return found;
}

/**
 * How many of these processes run an older project than a backfill was planned with; they leave it to others.
 *
 * @param asset the only asset that is looked at: what a worker goes by. Left out: all of the backfill, as planners do
 */
export async function countOlder(
  store: StateStore,
  { header }: BackfillRecord,
  processes: readonly { readonly project?: string | undefined }[],
  asset?: string,
): Promise<number> {
  const planned = header.project;
  if (planned === undefined) return 0;
  const fingerprints = processes.flatMap(({ project }) => project ?? []);
  const others = fingerprints.filter((fingerprint) => fingerprint !== planned.fingerprint);
  if (others.length === 0) return 0;
  const wanted = Object.entries(planned.assets).filter(
    ([name]) => asset === undefined || name === asset,
  );
  const older = await olderProjects(store, others, new Map(wanted));
  return others.filter((fingerprint) => older.has(fingerprint)).length;
}

function noPlanner(alive: number, older: number): Attention {
  return {
    code: "NO_PLANNER",
    message: noPlannerText(alive, older),
    command: "infill planner start",
  };
}

function noPlannerText(alive: number, older: number): string {
  if (alive === 0) return "No planner is running, so nothing more of this backfill is started.";
  if (older < alive)
    return "No planner plans this backfill, though one is running: its log says why.";
  return `${noneHas(alive, "planner")}, so nothing more of it is started. Restart ${alive === 1 ? "it" : "them"}.`;
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
    : `None of the ${count} ${noun}s has the project that this backfill was planned with: each runs an older one`;
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
    message: `It paused by itself: ${reason}.`,
    command: `infill backfill resume ${id}`,
  };
}

/** What the connection waits for, where it waits; a moment does not count. */
export function redisAttention({ redis }: StateStore, nowMs: number): Attention | undefined {
  const { current } = redis.waits;
  if (current === undefined || nowMs - current.sinceMs < 1_000) return undefined;
  return {
    code: "REDIS_AWAY",
    message: `${current.text} What is shown is from before.`,
    since: new Date(current.sinceMs).toISOString(),
  };
}
