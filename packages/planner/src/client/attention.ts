import {
  type BackfillRecord,
  isAnyPlannerAlive,
  redisTimeMs,
  type StateStore,
} from "@infill/state";

/** Something that holds a backfill up and that nobody would notice from its counts. */
export interface Attention {
  readonly code: "REDIS_AWAY" | "NO_PLANNER" | "NO_WORKER" | "PAUSED_BY_ITSELF";
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
 */
export async function attentionOf(
  store: StateStore,
  { id, status, pause, createdMs }: BackfillRecord,
  idlePools: readonly string[],
): Promise<Attention[]> {
  if (status === "paused")
    return pause === undefined || pause.cause === "person"
      ? []
      : [pausedByItself(id, pause.reason)];
  if (status !== "running" && status !== "canceling") return [];
  const found: Attention[] = [];
  const isPlanned = (await store.redis.exists(store.keys.backfillLease(id))) === 1;
  if (!isPlanned) {
    const isAnyAlive = await isAnyPlannerAlive(store);
    // One that is alive takes a moment to take a new backfill up. Both times are by Redis' clock.
    if (!isAnyAlive || (await redisTimeMs(store)) - createdMs > plannerPatienceMs)
      found.push(noPlanner(isAnyAlive));
  }
  if (status === "running" && idlePools.length > 0) found.push(noWorker(idlePools));
  return found;
}

function noPlanner(isAnyAlive: boolean): Attention {
  return {
    code: "NO_PLANNER",
    message: isAnyAlive
      ? "No planner plans this backfill, though one is running: its log says why."
      : "No planner is running, so nothing more of this backfill is started.",
    command: "infill planner start",
  };
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
