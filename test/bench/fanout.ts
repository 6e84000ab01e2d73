import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "@infill/client";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { noopProject } from "./processes/benchProject.ts";
import { median } from "./processes/median.ts";
import type { Scenario } from "./scenario.ts";

const rounds = 5;
const workers = 2;

/**
 * No-op partitions with full state against no-op jobs of plain BullMQ: one producing process (planner, producer) and two
 * worker processes each, the same concurrency, taking turns. From submit to the last settlement, and from the first
 * add to the last completion.
 */
export const scenario: Scenario = {
  name: "fanout",
  description:
    "no-op partitions a second, against plain BullMQ  [--partitions N] [--concurrency N]",
  async run({ redisUrl, args, log }) {
    const partitions = numberOf(args, "--partitions", 20_000);
    const concurrency = numberOf(args, "--concurrency", 50);
    const namespace = `bench${process.pid}`;
    const start = (script: string, role: string) =>
      startProcess(script, {
        REDIS_URL: redisUrl,
        BENCH_ROLE: role,
        BENCH_NAMESPACE: namespace,
        BENCH_CONCURRENCY: String(concurrency),
      });
    const twice = (script: string) =>
      Array.from({ length: workers }, () => start(script, "worker"));
    const children = await Promise.all([
      start("infillProcess", "planner"),
      ...twice("infillProcess"),
      start("bullmqProcess", "producer"),
      ...twice("bullmqProcess"),
    ]);
    const producer = children[1 + workers];
    const redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
    const queue = new Queue(namespace, { connection: redis });
    const client = await connect(noopProject(namespace), { redisUrl });
    const measures = { infill: [] as number[], bullmq: [] as number[] };
    try {
      for (let round = 0; round <= rounds; round++) {
        const infillMs = await infillRound(client, partitions);
        if (producer === undefined) throw new Error("Bug: no producer");
        const bullmqMs = await bullmqRound(queue, producer, round, partitions);
        const perSecond = [infillMs, bullmqMs].map((ms) => Math.round((partitions * 1_000) / ms));
        log(
          `${round === 0 ? "warm-up" : `round ${round}`}: Infill ${perSecond[0]}/s, BullMQ ${perSecond[1]}/s`,
        );
        if (round === 0) continue;
        measures.infill.push(infillMs);
        measures.bullmq.push(bullmqMs);
      }
    } finally {
      await client.close();
      await queue.close();
      redis.disconnect();
      for (const child of children) child.kill("SIGTERM");
      const running = children.filter((child) => child.exitCode === null);
      await Promise.all(running.map((child) => once(child, "exit")));
    }
    const infillPerSecond = (partitions * 1_000) / median(measures.infill);
    const bullmqPerSecond = (partitions * 1_000) / median(measures.bullmq);
    return { infillPerSecond, bullmqPerSecond, ratio: infillPerSecond / bullmqPerSecond };
  },
};

async function infillRound(
  client: Awaited<ReturnType<typeof connect>>,
  partitions: number,
): Promise<number> {
  const startMs = performance.now();
  const { id } = await client.backfills.create({
    assets: "hours",
    partitions: firstHours(partitions),
    reprocess: "all",
  });
  if (id === undefined) throw new Error("Bug: nothing to run");
  for await (const { status, counts } of client.backfills.watch(id)) {
    if (status === "succeeded" && counts.succeeded === partitions)
      return performance.now() - startMs;
    if (status === "failed") throw new Error(`Bug: ${counts.failed} partitions failed`);
  }
  throw new Error("Bug: the backfill ended otherwise");
}

async function bullmqRound(
  queue: Queue,
  producer: ChildProcess,
  round: number,
  jobs: number,
): Promise<number> {
  const startMs = performance.now();
  const added = lineOf(producer, `added ${round}`);
  producer.stdin?.write(`${round} ${jobs}\n`);
  await added;
  for (;;) {
    const counts = await queue.getJobCounts("waiting", "active", "delayed", "prioritized");
    if (Object.values(counts).every((count) => count === 0)) return performance.now() - startMs;
    await delay(20);
  }
}

/** Partition text of the first hours since 1900. */
function firstHours(partitions: number): string {
  const lastMs = Date.UTC(1900, 0, 1) + (partitions - 1) * 3_600_000;
  const [date, time] = new Date(lastMs).toISOString().split("T");
  return `[1900-01-01-00:00...${date}-${time?.slice(0, 5)}]`;
}

async function startProcess(script: string, env: Record<string, string>): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    [new URL(`./processes/${script}.js`, import.meta.url).pathname],
    {
      env: { ...process.env, ...env },
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  await lineOf(child, "ready");
  return child;
}

/** Waits until a process says a line. */
async function lineOf(child: ChildProcess, expected: string): Promise<void> {
  if (child.stdout === null) throw new Error("Bug: no output to read");
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) if (line === expected) return;
  throw new Error(`A process of the benchmark ended before it said "${expected}"`);
}

function numberOf(args: readonly string[], flag: string, otherwise: number): number {
  const at = args.indexOf(flag);
  const value = at === -1 ? otherwise : Number(args[at + 1]);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`${flag} takes a whole number above 0`);
}
