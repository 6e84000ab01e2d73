import { setTimeout as delay } from "node:timers/promises";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { LineProcess } from "./processes/lineProcess.ts";

export interface PlainQueueOptions {
  readonly redisUrl: string;
  readonly name: string;
  readonly workers: number;
  /** Jobs that each worker process runs at a time. */
  readonly concurrency: number;
  /** How long a job takes, in milliseconds; 0: it does nothing. */
  readonly jobMs: number;
}

/** Plain BullMQ as a measure: a producer and workers, each a process of its own. */
export class PlainQueue {
  readonly #redis: Redis;
  readonly #queue: Queue;
  readonly #producer: LineProcess;
  readonly #workers: readonly LineProcess[];
  #round = 0;

  private constructor(
    redis: Redis,
    queue: Queue,
    producer: LineProcess,
    workers: readonly LineProcess[],
  ) {
    this.#redis = redis;
    this.#queue = queue;
    this.#producer = producer;
    this.#workers = workers;
  }

  static async start(options: PlainQueueOptions): Promise<PlainQueue> {
    const { redisUrl, name, workers, concurrency, jobMs } = options;
    const start = (role: string) =>
      LineProcess.start("bullmqProcess", {
        env: {
          REDIS_URL: redisUrl,
          BENCH_ROLE: role,
          BENCH_NAMESPACE: name,
          BENCH_CONCURRENCY: String(concurrency),
          BENCH_JOB_MS: String(jobMs),
        },
      });
    const [producer, ...workerProcesses] = await Promise.all([
      start("producer"),
      ...Array.from({ length: workers }, () => start("worker")),
    ]);
    const redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
    return new PlainQueue(redis, new Queue(name, { connection: redis }), producer, workerProcesses);
  }

  /**
   * Adds jobs and waits until all have been completed.
   *
   * @returns milliseconds from the first add to the last completion
   * @throws Error where the workers completed another number of jobs
   */
  async run(jobs: number): Promise<number> {
    const startMs = performance.now();
    await this.#producer.ask(`${this.#round++} ${jobs}`);
    for (;;) {
      const counts = await this.#queue.getJobCounts("waiting", "active", "delayed", "prioritized");
      if (Object.values(counts).every((count) => count === 0)) break;
      await delay(20);
    }
    const tookMs = performance.now() - startMs;
    const answers = await Promise.all(this.#workers.map((worker) => worker.ask("ran")));
    const ran = answers.reduce((total, [count]) => total + Number(count), 0);
    if (ran !== jobs) throw new Error(`BullMQ completed ${ran} of ${jobs} jobs`);
    return tookMs;
  }

  async close(): Promise<void> {
    await this.#queue.close();
    this.#redis.disconnect();
    await Promise.all([this.#producer, ...this.#workers].map((child) => child.close()));
  }
}
