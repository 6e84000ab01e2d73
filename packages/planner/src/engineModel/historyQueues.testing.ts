import type { Project } from "@infill/core";
import { connectionOptions, type StateStore } from "@infill/state";
import { Worker } from "bullmq";
import { Redis } from "ioredis";
import { type CallBudget, LimitedQueues } from "./callBudget.testing.ts";
import type { EngineView } from "./engineView.testing.ts";
import { foreverMs } from "./historyPlanner.testing.ts";
import type { SeededRandom } from "./seededRandom.testing.ts";
import type { Step } from "./userActions.testing.ts";

/** The queues of a history, and what goes wrong with them. */
export class HistoryQueues {
  readonly #store: StateStore;
  readonly #random: SeededRandom;
  readonly #redis: Redis;
  /** What planners add jobs to. */
  readonly queues: LimitedQueues;
  /** BullMQ's workers by pool, which start nothing by themselves. */
  readonly bulls: ReadonlyMap<string, Worker>;

  constructor(store: StateStore, project: Project, budget: CallBudget, random: SeededRandom) {
    this.#store = store;
    this.#random = random;
    this.queues = new LimitedQueues(store, budget);
    // Calls of one turn of the event loop go out together, since BullMQ takes and finishes job by job.
    this.#redis = new Redis(store.url, {
      ...connectionOptions("model"),
      enableAutoPipelining: true,
    });
    this.bulls = new Map(
      Array.from(project.pools.keys(), (pool) => [
        pool,
        new Worker(pool, null, {
          connection: this.#redis,
          prefix: store.keys.poolPrefix(pool),
          autorun: false,
          lockDuration: foreverMs,
          skipStalledCheck: true,
          maxStalledCount: 1_000_000,
          removeOnComplete: { count: 0 },
          removeOnFail: { count: 0 },
        }),
      ]),
    );
  }

  async close(): Promise<void> {
    for (const bull of this.bulls.values()) await bull.close(true);
    this.#redis.disconnect();
    await this.queues.close();
  }

  /** A pool that has jobs, if one has. */
  pickFilled(jobs: EngineView["jobs"]): string {
    const pools = [...this.bulls.keys()];
    const filled = pools.filter((pool) => jobs.get(pool)?.length !== 0);
    return this.#random.pick(filled.length > 0 ? filled : pools);
  }

  /** Delayed jobs become due. */
  async promote(): Promise<Step> {
    let promoted = 0;
    for (const pool of this.bulls.keys()) {
      for (const job of await this.queues.queue(pool).getJobs(["delayed"])) {
        await job.promote();
        promoted++;
      }
    }
    return { kind: "promote", what: `${promoted} jobs` };
  }

  /**
   * BullMQ's check for stalled jobs. It marks active jobs and takes the marked ones back at the
   * next check, in the order of a Redis set, which differs between servers. So each job is marked
   * and taken back alone.
   */
  async stall(): Promise<Step> {
    const { redis } = this.#store;
    for (const [pool, bull] of this.bulls) {
      const key = (name: string) => this.queues.queue(pool).toKey(name);
      // BullMQ's timer calls it otherwise.
      const look: unknown = Reflect.get(bull, "moveStalledJobsToWait");
      if (typeof look !== "function") throw new Error("Bug: BullMQ has no stall check");
      for (const id of await redis.lrange(key("active"), 0, -1)) {
        if ((await redis.exists(`${key(id)}:lock`)) === 1) continue;
        await redis.del(key("stalled-check"), key("stalled"));
        await redis.sadd(key("stalled"), id);
        await look.call(bull);
      }
    }
    return { kind: "stall", what: "" };
  }

  /** A queue loses jobs. */
  async loseJob(): Promise<Step> {
    const pool = this.#random.pick([...this.bulls.keys()]);
    const queue = this.queues.queue(pool);
    const jobs = await queue.getJobs(["waiting", "prioritized", "delayed"], 0, 100);
    const lost = this.#random.some(
      jobs.map((job) => job.id ?? "").sort(),
      this.#random.between(1, 5),
    );
    for (const id of lost) await queue.remove(id);
    return { kind: "lose", what: `${lost.length} jobs of ${pool}` };
  }
}
