import { createInterface } from "node:readline";
import { Worker } from "bullmq";
import { Redis } from "ioredis";
import { settingOf } from "./settings.ts";
import { wallClockMs } from "./wallClock.ts";

/**
 * One worker process of a plain BullMQ queue whose jobs carry the instant of their addition. Answers `latencies` with
 * the milliseconds from addition to start of each job since it was last asked.
 */
const connection = new Redis(settingOf("REDIS_URL"), { maxRetriesPerRequest: null });
const latencies: number[] = [];
const worker = new Worker<{ readonly addedMs: number }>(
  settingOf("BENCH_NAMESPACE"),
  async ({ data }) => {
    latencies.push(wallClockMs() - data.addedMs);
    console.log("done");
  },
  {
    connection,
    concurrency: Number(settingOf("BENCH_CONCURRENCY")),
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  },
);
await worker.waitUntilReady();
process.once("SIGTERM", () => process.exit(0));
createInterface({ input: process.stdin }).on("line", (question) =>
  console.log(`${question} ${latencies.splice(0).join(" ")}`),
);
console.log("ready");
