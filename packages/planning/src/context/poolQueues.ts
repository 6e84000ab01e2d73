import { type PartitionJob, partitionJobSchema, turns, within } from "@infill/core";
import { Queue } from "bullmq";
import { connectionOptions, PatientRedis, type StateStore } from "@infill/state";
import type { Redis } from "ioredis";
import { z } from "zod";

/** A job that a pool holds. */
export interface QueuedJob {
  readonly id: string;
  readonly data: PartitionJob;
  /** BullMQ's: the lowest comes first. */
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

/** One BullMQ queue a pool, opened when first needed. Jobs are hints: state says what is true. */
export class PoolQueues {
  readonly #store: StateStore;
  readonly #redis: PatientRedis;
  readonly #queues = new Map<string, Queue<PartitionJob>>();
  readonly #isPlanner: boolean;

  constructor(store: StateStore, role: string) {
    this.#store = store;
    this.#isPlanner = role !== "client";
    this.#redis = new PatientRedis(store.url, connectionOptions(`infill:${role}:queues`));
    this.#redis.patienceMs = store.redis.patienceMs;
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
        // A client that looks at a pool must not make its queue exist.
        skipMetasUpdate: !this.#isPlanner,
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
    const queue = this.queue(pool);
    const [only] = jobs;
    // A step of a chain: a bulk of one costs a pipeline.
    if (jobs.length === 1 && only !== undefined) {
      await queue.add(only.data.a, only.data, { jobId: only.id, priority });
      return;
    }
    await queue.addBulk(
      jobs.map(({ id, data }) => ({ name: data.a, data, opts: { jobId: id, priority } })),
    );
  }

  /**
   * The jobs of one backfill that a pool holds, as at one instant, so that none is missed that moves from list to list
   * meanwhile. Reads the names of all jobs of the pool, as many as the windows of its backfills hold, and the data of these.
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
        // It has been removed since.
        if (!job.success) continue;
        const [json, priority] = job.data;
        const data = jobDataSchema.safeParse(json);
        if (data.success) found.push({ id, data: data.data, priority, isDelayed });
      }
    }
    return found;
  }

  /** The ids of the jobs of one backfill that a pool holds, also of those whose data cannot be read. */
  async idsOf(pool: string, backfillId: string): Promise<string[]> {
    return (await this.#listed(pool, backfillId)).map(({ id }) => id);
  }

  async #listed(
    pool: string,
    backfillId: string,
  ): Promise<{ readonly id: string; readonly isDelayed: boolean }[]> {
    const prefix = `${this.#store.keys.poolPrefix(pool)}:${pool}`;
    const reading = this.#redis.multi();
    for (const list of ["active", "wait", "paused"]) reading.lrange(`${prefix}:${list}`, 0, -1);
    for (const set of ["prioritized", "delayed"]) reading.zrange(`${prefix}:${set}`, 0, "-1");
    const lists = (await reading.exec()) ?? [];
    const own: { readonly id: string; readonly isDelayed: boolean }[] = [];
    for (const [index, [, answer]] of lists.entries()) {
      await turns.next();
      // A list of another type answers an error. Most of the names are other backfills': a schema would cost more than all else here.
      for (const id of Array.isArray(answer) ? (answer as readonly unknown[]) : [])
        if (typeof id === "string" && id.startsWith(`${backfillId}-`))
          own.push({ id, isDelayed: index === lists.length - 1 });
    }
    return own;
  }

  /** Which of these jobs, each named once, are in Redis. */
  async existing(pool: string, ids: readonly string[]): Promise<Set<string>> {
    if (ids.length === 0) return new Set();
    const prefix = `${this.#store.keys.poolPrefix(pool)}:${pool}`;
    // Most often all of them are, or none is, which one command tells.
    const count = await this.#redis.exists(...ids.map((id) => `${prefix}:${id}`));
    if (count === 0) return new Set();
    if (count === ids.length) return new Set(ids);
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
