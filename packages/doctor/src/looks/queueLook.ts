import type { Project } from "@infill/core";
import type { PoolQueues } from "@infill/planning";
import { type Discrepancy, setAsideKey, type StateStore } from "@infill/state";

/** What a check of the queues needs. */
interface QueueEnvironment {
  readonly store: StateStore;
  readonly project: Project;
  /** Opens the queues; only a repair needs them. */
  queues(): Promise<PoolQueues>;
}

/**
 * Fields of a queue's `meta` that hold jobs back. Other programs set them; Infill only sets
 * `concurrency`, to that of the pool.
 */
const holds = ["paused", "concurrency", "max", "duration"] as const;
/** Counters that each new job raises. */
const counters = ["id", "pc"] as const;
/** Keys that hold jobs back until they expire. */
const pauses = ["stalled-check", "limiter"] as const;

/** Finds what keeps a whole queue from taking or handing out jobs. */
export async function lookAtQueues(
  environment: QueueEnvironment,
  pools: readonly string[],
): Promise<Discrepancy[]> {
  const found: Discrepancy[] = [];
  for (const pool of pools) found.push(...(await lookAtQueue(environment, pool)));
  return found;
}

async function lookAtQueue(
  environment: QueueEnvironment,
  pool: string,
): Promise<readonly Discrepancy[]> {
  const { store } = environment;
  const { redis } = store;
  const key = (name: string) => `${store.keys.poolPrefix(pool)}:${pool}:${name}`;
  const [texts, meta, leftMs] = await Promise.all([
    redis.mget(counters.map(key)),
    redis.hmget(key("meta"), ...holds),
    Promise.all(pauses.map((name) => redis.pttl(key(name)))),
  ]);
  const found: Discrepancy[] = [];
  for (const [index, name] of counters.entries()) {
    const redisKey = key(name);
    const text = texts[index] ?? null;
    if (text === null || /^-?\d{1,15}$/.test(text)) continue;
    found.push({
      check: "entry_unreadable",
      ...{ pool, redisKey, count: 1 },
      problem: `A counter of the queue of the pool "${pool}" is no number, so no job can be added.`,
      remedy: "The doctor sets it aside for 90 days; the queue counts from 0 again.",
      repair: () => setAsideKey(store, redisKey, []),
    });
  }
  const set = holds.flatMap((field, index) => {
    const value = meta[index];
    const isInfills = field === "concurrency" && /^[1-9]\d{0,8}$/.test(value ?? "");
    return value === null || value === undefined || isInfills ? [] : [{ field, value }];
  });
  if (set.length > 0)
    found.push({
      check: "queue_held",
      ...{ pool, redisKey: key("meta"), detail: "meta", count: 1 },
      problem: `The queue of the pool "${pool}" holds jobs back, because another program than Infill has set ${set.map(({ field, value }) => `${field} = ${value.slice(0, 40)}`).join(", ")}.`,
      remedy: "The doctor resumes the queue, and removes limits that the project does not set.",
      repair: async () => {
        const queue = (await environment.queues()).queue(pool);
        // Jobs that went to a list of their own while it was paused come back.
        await queue.resume();
        await redis.hdel(key("meta"), ...set.map(({ field }) => field));
        const concurrency = environment.project.pools.get(pool)?.concurrency;
        if (concurrency !== undefined) await queue.setGlobalConcurrency(concurrency);
      },
    });
  for (const [index, name] of pauses.entries()) {
    if (leftMs[index] !== -1) continue;
    found.push({
      check: "queue_held",
      ...{ pool, redisKey: key(name), detail: name, count: 1 },
      problem:
        name === "limiter"
          ? `The rate limit of the queue of the pool "${pool}" has no end.`
          : `The mark of the last check for jobs of dead workers in the pool "${pool}" has no end, so such jobs never return to the queue.`,
      remedy: "The doctor removes the key.",
      repair: () => redis.del(key(name)),
    });
  }
  return found;
}
