import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { startPlanner } from "@infill/planner";
import { startWorker } from "@infill/worker";
import { BusyTime } from "./busyTime.ts";
import { settingOf } from "./settings.ts";
import { type TimedContext, timedProject } from "./timedProject.ts";
import { wallClockMs } from "./wallClock.ts";

/**
 * One planner or worker process of the timed project. Says `started <backfill> <ms>` at a backfill's first start here,
 * and answers, in epoch milliseconds:
 *
 * - `starts <backfill>`: how many partitions were started, the first and the last start
 * - `spans <backfill>`: start and end of each partition of the chain, as `start:end`
 * - `busy`: milliseconds in which functions ran, summed over them; how many have ended; and now
 * - `memory`: the most kilobytes this process ever held
 */
const partitionMs = Number(settingOf("BENCH_PARTITION_MS"));
const starts = new Map<string, { count: number; readonly firstMs: number; lastMs: number }>();
const spans = new Map<string, string[]>();
const busy = new BusyTime();

async function materialize({ asset, backfillId, signal }: TimedContext): Promise<void> {
  const startMs = wallClockMs();
  busy.begin(startMs);
  const known = starts.get(backfillId);
  if (known === undefined) {
    starts.set(backfillId, { count: 1, firstMs: startMs, lastMs: startMs });
    console.log(`started ${backfillId} ${startMs}`);
  } else {
    known.count++;
    known.lastMs = startMs;
  }
  try {
    if (partitionMs > 0) await delay(partitionMs, undefined, { signal });
  } finally {
    busy.end(wallClockMs());
  }
  if (asset !== "chain") return;
  const list = spans.get(backfillId) ?? [];
  spans.set(backfillId, list);
  list.push(`${startMs}:${wallClockMs()}`);
}

function answerTo(question: string): string {
  const [what, backfillId = ""] = question.split(" ");
  if (what === "busy") {
    const nowMs = wallClockMs();
    return `${busy.untilMs(nowMs)} ${busy.ended} ${nowMs}`;
  }
  if (what === "memory") return String(process.resourceUsage().maxRSS);
  if (what === "spans") return (spans.get(backfillId) ?? []).join(" ");
  const { count = 0, firstMs = 0, lastMs = 0 } = starts.get(backfillId) ?? {};
  return `${count} ${firstMs} ${lastMs}`;
}

const options = {
  project: timedProject(settingOf("BENCH_NAMESPACE"), materialize),
  redisUrl: settingOf("REDIS_URL"),
};
const running =
  settingOf("BENCH_ROLE") === "planner"
    ? await startPlanner(options)
    : await startWorker({ ...options, concurrency: Number(settingOf("BENCH_CONCURRENCY")) });
process.once("SIGTERM", () => void running.close().then(() => process.exit(0)));
createInterface({ input: process.stdin }).on("line", (question) =>
  console.log(`${question} ${answerTo(question)}`),
);
console.log("ready");
