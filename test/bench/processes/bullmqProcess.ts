import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { settingOf } from "./settings.ts";

/**
 * One producer or worker process of a plain BullMQ queue, with the job options that Infill uses. Says `ready`.
 *
 * - The producer answers `<round> <jobs>` when it has added these jobs, in pages of 1,000.
 * - A worker answers `ran` with the number of jobs that it completed since it was last asked.
 */
const name = settingOf("BENCH_NAMESPACE");
const jobMs = Number(settingOf("BENCH_JOB_MS"));
const connection = new Redis(settingOf("REDIS_URL"), { maxRetriesPerRequest: null });
const lines = createInterface({ input: process.stdin });
if (settingOf("BENCH_ROLE") === "producer") {
  const queue = new Queue(name, { connection, streams: { events: { maxLen: 1_000 } } });
  await queue.waitUntilReady();
  lines.on("line", (line) => void produce(queue, line));
} else {
  let ran = 0;
  const run = async () => {
    if (jobMs > 0) await delay(jobMs);
    ran++;
  };
  const worker = new Worker(name, run, {
    connection,
    concurrency: Number(settingOf("BENCH_CONCURRENCY")),
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  });
  await worker.waitUntilReady();
  lines.on("line", (line) => {
    console.log(`${line} ${ran}`);
    ran = 0;
  });
}
process.once("SIGTERM", () => process.exit(0));
console.log("ready");

async function produce(queue: Queue, line: string): Promise<void> {
  const [round, count] = line.split(" ").map(Number);
  for (let first = 0; first < (count ?? 0); first += 1_000) {
    const page = Array.from({ length: Math.min(1_000, (count ?? 0) - first) }, (_, index) => ({
      name: "hours",
      data: { round, ordinal: first + index },
      opts: { jobId: `${name}-${round}-${first + index}` },
    }));
    await queue.addBulk(page);
  }
  console.log(`${line} added`);
}
