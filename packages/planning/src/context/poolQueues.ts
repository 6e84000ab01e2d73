import {
  encodePartitionJob,
  type PartitionJob,
  type PartitionJobData,
  partitionJobSchema,
  turns,
  within,
} from "@infill/core";
import { Queue } from "bullmq";
import {
  connectionOptions,
  PatientRedis,
  queueLists,
  type StateStore,
  waitingSets,
} from "@infill/state";
import type { Redis } from "ioredis";
import { z } from "zod";

/** A job in a pool's queue. */
export interface QueuedJob {
  readonly id: string;
  readonly data: PartitionJob;
  /** BullMQ's priority: the lowest is served first. */
  readonly priority: number;
  readonly isDelayed: boolean;
}

const fieldsSchema = z.tuple([z.string(), z.coerce.number()]);
const jobDataSchema = z
  .string()
  .transform((text, { addIssue }): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      addIssue({ code: "custom", message: "expected JSON" });
      return z.NEVER;
    }
  })
  .pipe(partitionJobSchema);

/**
 * The BullMQ queues of the pools, each opened at its first use. Jobs are hints; the state is the
 * truth.
 */
export class PoolQueues {
  readonly #store: StateStore;
  readonly #redis: PatientRedis;
  readonly #queues = new Map<string, Queue<PartitionJobData>>();
  readonly #isPlanner: boolean;

  constructor(store: StateStore, role: string) {
    this.#store = store;
    this.#isPlanner = role !== "client";
    this.#redis = new PatientRedis(store.url, connectionOptions(`infill:${role}:queues`));
    this.#redis.patienceMs = store.redis.patienceMs;
  }

  /** The connection that adds jobs: commands sent on it before the jobs execute before them. */
  get connection(): Redis {
    return this.#redis;
  }

  queue(pool: string): Queue<PartitionJobData> {
    let queue = this.#queues.get(pool);
    if (queue === undefined) {
      queue = new Queue<PartitionJobData>(pool, {
        connection: this.#redis,
        prefix: this.#store.keys.poolPrefix(pool),
        streams: { events: { maxLen: 1_000 } },
        // A client that only reads a pool must not create its queue.
        skipMetasUpdate: !this.#isPlanner,
      });
      queue.on("error", () => {});
      this.#queues.set(pool, queue);
    }
    return queue;
  }

  /**
   * Adds a page of jobs. Skips jobs whose id exists, so a page may be added again.
   *
   * @param priority 1 is served first. Every job needs one, because BullMQ serves jobs without a
   *   priority before all others
   */
  async add(
    pool: string,
    jobs: readonly { readonly id: string; readonly job: PartitionJob }[],
    priority: number,
  ): Promise<void> {
    const queue = this.queue(pool);
    const [only] = jobs;
    // A single job, such as a step of a chain, does not need the pipeline of a bulk.
    if (jobs.length === 1 && only !== undefined) {
      const data = encodePartitionJob(only.job);
      await queue.add(only.job.asset, data, { jobId: only.id, priority });
      return;
    }
    await queue.addBulk(
      jobs.map(({ id, job }) => ({
        name: job.asset,
        data: encodePartitionJob(job),
        opts: { jobId: id, priority },
      })),
    );
  }

  /**
   * The jobs of one backfill in a pool, read at one instant, so that jobs that move between lists
   * are not missed. Reads the ids of all jobs of the pool, as many as the windows of its backfills
   * hold, and the data of this backfill's.
   */
  async jobsOf(pool: string, backfillId: string): Promise<QueuedJob[]> {
    const prefix = `${this.#store.keys.poolPrefix(pool)}:${pool}`;
    const own = await this.#listed(pool, backfillId);
    const found: QueuedJob[] = [];
    for (let first = 0; first < own.length; first += 1_000) {
      const page = own.slice(first, first + 1_000);
      const pipeline = this.#redis.pipeline();
      for (const { id } of page) pipeline.hmget(`${prefix}:${id}`, "data", "priority");
      const answers = (await pipeline.exec()) ?? [];
      for (const [index, { id, isDelayed }] of page.entries()) {
        if (index % 64 === 0) await turns.next();
        const job = fieldsSchema.safeParse(answers[index]?.[1]);
        // The job was removed since.
        if (!job.success) continue;
        const [json, priority] = job.data;
        const data = jobDataSchema.safeParse(json);
        if (data.success) found.push({ id, data: data.data, priority, isDelayed });
      }
    }
    return found;
  }

  /** The ids of one backfill's jobs in a pool, including jobs with unreadable data. */
  async idsOf(pool: string, backfillId: string): Promise<string[]> {
    return (await this.#listed(pool, backfillId)).map(({ id }) => id);
  }

  async #listed(
    pool: string,
    backfillId: string,
  ): Promise<{ readonly id: string; readonly isDelayed: boolean }[]> {
    const prefix = `${this.#store.keys.poolPrefix(pool)}:${pool}`;
    const reading = this.#redis.multi();
    for (const list of queueLists) reading.lrange(`${prefix}:${list}`, 0, -1);
    for (const set of waitingSets) reading.zrange(`${prefix}:${set}`, 0, "-1");
    const lists = (await reading.exec()) ?? [];
    const own: { readonly id: string; readonly isDelayed: boolean }[] = [];
    for (const [index, [, answer]] of lists.entries()) {
      await turns.next();
      // A list of a wrong type answers with an error. Most ids are other backfills', so a schema
      // would take longer than all the rest.
      for (const id of Array.isArray(answer) ? (answer as readonly unknown[]) : [])
        if (typeof id === "string" && id.startsWith(`${backfillId}-`))
          own.push({ id, isDelayed: index === lists.length - 1 });
    }
    return own;
  }

  /** The jobs of these that are in Redis. Each may be named once only. */
  async existing(pool: string, ids: readonly string[]): Promise<Set<string>> {
    if (ids.length === 0) return new Set();
    const prefix = `${this.#store.keys.poolPrefix(pool)}:${pool}`;
    // Usually all of them exist or none, which one command tells.
    const count = await this.#redis.exists(...ids.map((id) => `${prefix}:${id}`));
    if (count === 0) return new Set();
    if (count === ids.length) return new Set(ids);
    const pipeline = this.#redis.pipeline();
    for (const id of ids) pipeline.exists(`${prefix}:${id}`);
    const answers = (await pipeline.exec()) ?? [];
    return new Set(ids.filter((_, index) => answers[index]?.[1] === 1));
  }

  /**
   * The jobs of these that are neither waiting nor delayed: workers have them, or no list has them.
   */
  async notWaiting(pool: string, ids: readonly string[]): Promise<string[]> {
    const prefix = `${this.#store.keys.poolPrefix(pool)}:${pool}`;
    let left = ids;
    for (const set of waitingSets) {
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
