import { createInterface } from "node:readline";
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { settingOf } from "./settings.ts";

/**
 * One producer or worker process of a plain BullMQ queue, with the job options that Infill uses. Says `ready`. The
 * producer reads a number of jobs from each line of its input, adds them in pages of 1,000 and says `added`.
 */
const name = settingOf("BENCH_NAMESPACE");
const connection = new Redis(settingOf("REDIS_URL"), { maxRetriesPerRequest: null });
if (settingOf("BENCH_ROLE") === "producer") {
  const queue = new Queue(name, { connection, streams: { events: { maxLen: 1_000 } } });
  await queue.waitUntilReady();
  createInterface({ input: process.stdin }).on("line", (line) => void produce(queue, line));
} else {
  const worker = new Worker(name, async () => {}, {
    connection,
    concurrency: Number(settingOf("BENCH_CONCURRENCY")),
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  });
  await worker.waitUntilReady();
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
  console.log(`added ${round}`);
}
