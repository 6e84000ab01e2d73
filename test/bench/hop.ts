import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { barTable, shortNumber } from "./barTable.ts";
import { LineProcess } from "./processes/lineProcess.ts";
import { median } from "./processes/median.ts";
import { chainText } from "./processes/timedProject.ts";
import { wallClockMs } from "./processes/wallClock.ts";
import type { Scenario, ScenarioOptions } from "./scenario.ts";
import { numberArgument } from "./scenarioArguments.ts";
import { TimedEngine } from "./timedEngine.ts";

const concurrency = 8;
/** Until the compiler of each process has seen enough of both; these are not counted. */
const warmUps = 2;

/**
 * What one step of a chain costs: each partition needs the one before, so nothing overlaps. From the return of one
 * function to the call of the next, through settlement, planner, queue and claim; against plain BullMQ's way from the
 * call of `add` in one process to the processor's call in another, one job at a time, taking turns.
 */
export const scenario: Scenario = {
  name: "hop",
  description:
    "a chain of self-dependent partitions, against BullMQ [--partitions 1000] [--rounds 4]",
  async run(options) {
    const partitions = numberArgument(options.args, "--partitions", 1_000);
    const rounds = numberArgument(options.args, "--rounds", 4);
    const half = Math.ceil(partitions / 2);
    const engine = await TimedEngine.start(options, { workers: 1, concurrency });
    const plain = await PlainQueue.start(options);
    const hops = { infill: [] as number[], bullmq: [] as number[] };
    try {
      for (let round = 1 - warmUps; round <= rounds; round++) {
        // One half before and one behind, so that a machine that gets slower or quicker meanwhile does so for both.
        const before = await plain.latencies(half);
        const infill = await chainHops(engine, partitions);
        const bullmq = [...before, ...(await plain.latencies(half))];
        options.log(
          `${round < 1 ? "warm-up" : `round ${round}`}: Infill ${spread(infill)}, BullMQ ${spread(bullmq)}`,
        );
        if (round < 1) continue;
        hops.infill.push(...infill);
        hops.bullmq.push(...bullmq);
      }
    } finally {
      await engine.close();
      await plain.close();
    }
    const infillHopMs = median(hops.infill);
    const bullmqHopMs = median(hops.bullmq);
    const ratio = infillHopMs / bullmqHopMs;
    const what = "medians, Infill's hop to BullMQ's add-to-start";
    for (const line of barTable([{ metric: "ratio", value: ratio, most: 3, what }]))
      options.log(line);
    return { infillHopMs, bullmqHopMs, ratio };
  },
};

async function chainHops(engine: TimedEngine, partitions: number): Promise<number[]> {
  const id = await engine.submit("chain", chainText(partitions));
  await engine.ended(id, "succeeded");
  const spans: string[] = [];
  for (const worker of engine.workers) spans.push(...(await worker.ask(`spans ${id}`)));
  const times = spans
    .map((span) => span.split(":").map(Number))
    .toSorted(([a = 0], [b = 0]) => a - b);
  if (times.length !== partitions)
    throw new Error(`Bug: ${times.length} starts of ${partitions} partitions`);
  return times.slice(1).map(([startMs = 0], index) => startMs - (times[index]?.[1] ?? 0));
}

/** A BullMQ queue with its producer here and one worker process. */
class PlainQueue {
  readonly #redis: Redis;
  readonly #queue: Queue;
  readonly #worker: LineProcess;
  readonly #done: { resolve: () => void };

  private constructor(
    redis: Redis,
    queue: Queue,
    worker: LineProcess,
    done: { resolve: () => void },
  ) {
    this.#redis = redis;
    this.#queue = queue;
    this.#worker = worker;
    this.#done = done;
  }

  static async start({ redisUrl }: ScenarioOptions): Promise<PlainQueue> {
    const name = `bench${process.pid}-plain`;
    const done = { resolve: () => {} };
    const worker = await LineProcess.start("addToStart", {
      env: { REDIS_URL: redisUrl, BENCH_NAMESPACE: name, BENCH_CONCURRENCY: String(concurrency) },
      onLine: () => done.resolve(),
    });
    const redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
    const queue = new Queue(name, { connection: redis, streams: { events: { maxLen: 1_000 } } });
    await queue.waitUntilReady();
    return new PlainQueue(redis, queue, worker, done);
  }

  async latencies(jobs: number): Promise<number[]> {
    for (let job = 0; job < jobs; job++) {
      const done = new Promise<void>((resolve) => {
        this.#done.resolve = resolve;
      });
      await this.#queue.add("hop", { addedMs: wallClockMs() });
      await done;
    }
    return (await this.#worker.ask("latencies")).map(Number);
  }

  async close(): Promise<void> {
    await this.#queue.close();
    this.#redis.disconnect();
    await this.#worker.close();
  }
}

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
  return `${shortNumber(median(values))} ms (p99 ${shortNumber(p99)})`;
}
