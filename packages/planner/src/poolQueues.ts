import { type PartitionJob, partitionJobSchema } from "@infill/core";
import { Queue } from "bullmq";
import { connectionOptions, type StateStore, within } from "@infill/state";
import { Redis } from "ioredis";

/** A job that a pool holds. */
export interface QueuedJob {
  readonly id: string;
  readonly data: PartitionJob;
  /** BullMQ's: the lowest comes first. */
  readonly priority: number;
  readonly isDelayed: boolean;
}

/** One BullMQ queue a pool, opened when first needed. Jobs are hints: state says what is true. */
export class PoolQueues {
  readonly #store: StateStore;
  readonly #redis: Redis;
  readonly #queues = new Map<string, Queue<PartitionJob>>();

  constructor(store: StateStore, role: string) {
    this.#store = store;
    this.#redis = new Redis(store.url, connectionOptions(`infill:${role}:queues`));
    this.#redis.on("error", () => {});
  }

  /** The connection by which jobs are added: what is sent on it before them is done before them. */
  get connection(): Redis {
    return this.#redis;
  }

  queue(pool: string): Queue<PartitionJob> {
    let queue = this.#queues.get(pool);
    if (queue === undefined) {
      queue = new Queue<PartitionJob>(pool, {
        connection: this.#redis,
        prefix: this.#store.keys.poolPrefix(pool),
        streams: { events: { maxLen: 1_000 } },
      });
      queue.on("error", () => {});
      this.#queues.set(pool, queue);
    }
    return queue;
  }

  /**
   * Adds a page of jobs. One whose id is there already is left as it is, so a page may be added again.
   *
   * @param priority 1 comes first. Every job has one, because BullMQ serves those without before all others
   */
  async add(
    pool: string,
    jobs: readonly { readonly id: string; readonly data: PartitionJob }[],
    priority: number,
  ): Promise<void> {
    await this.queue(pool).addBulk(
      jobs.map(({ id, data }) => ({ name: data.a, data, opts: { jobId: id, priority } })),
    );
  }

  /** The jobs of one backfill that a pool holds, a page of the queue at a time. */
  async jobsOf(pool: string, backfillId: string): Promise<QueuedJob[]> {
    const found: QueuedJob[] = [];
    const states = ["active", "waiting", "delayed", "prioritized"] as const;
    for (const state of states) {
      for (let first = 0; ; first += 1_000) {
        const page = await this.queue(pool).getJobs([state], first, first + 999);
        for (const job of page) {
          const parsed = partitionJobSchema.safeParse(job?.data);
          if (job?.id === undefined || !parsed.success || parsed.data.b !== backfillId) continue;
          const { priority } = job;
          found.push({ id: job.id, data: parsed.data, priority, isDelayed: state === "delayed" });
        }
        if (page.length < 1_000) break;
      }
    }
    return found;
  }

  /** Which of these jobs are in Redis. */
  async existing(pool: string, ids: readonly string[]): Promise<Set<string>> {
    const prefix = `${this.#store.keys.poolPrefix(pool)}:${pool}`;
    const pipeline = this.#redis.pipeline();
    for (const id of ids) pipeline.exists(`${prefix}:${id}`);
    const answers = (await pipeline.exec()) ?? [];
    return new Set(ids.filter((_, index) => answers[index]?.[1] === 1));
  }

  /** Those of these jobs that neither wait for their turn nor for a time: workers have them, or nobody ever gets them. */
  async notWaiting(pool: string, ids: readonly string[]): Promise<string[]> {
    const prefix = `${this.#store.keys.poolPrefix(pool)}:${pool}`;
    let left = ids;
    for (const set of ["prioritized", "delayed"]) {
      if (left.length === 0) break;
      const places = await this.#redis.zmscore(`${prefix}:${set}`, ...left);
      left = left.filter((_, index) => (places[index] ?? null) === null);
    }
    return [...left];
  }

  /** Removes jobs that no worker has; an active one stays. */
  async remove(pool: string, ids: readonly string[]): Promise<void> {
    const queue = this.queue(pool);
    for (let first = 0; first < ids.length; first += 100) {
      await Promise.all(ids.slice(first, first + 100).map((id) => queue.remove(id).catch(() => 0)));
    }
  }

  async close(): Promise<void> {
    await within(1_000, Promise.all(Array.from(this.#queues.values(), (queue) => queue.close())));
    this.#redis.disconnect();
  }
}
