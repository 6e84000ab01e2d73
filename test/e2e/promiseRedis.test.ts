import { setTimeout as delay } from "node:timers/promises";
import { eventually, type NodeProcess, type RedisServer, startRedis } from "@infill/test-support";
import { Redis } from "ioredis";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Engine, startEngine } from "./engine.ts";
import { expectHealthy } from "./expectHealthy.ts";

let server: RedisServer;
let engine: Engine;
let troublemaker: Redis;
let processes: NodeProcess[];
const leaseMs = 3_000;
const slots = 8;
/** Results that may be on their way when Redis goes: of a function, and of the one before it in its slot (ADR 35). */
const untold = 2 * slots;

beforeEach(async () => {
  server = await startRedis({ appendonly: true });
  engine = await startEngine(server.url, {
    namespace: "promises",
    durationMs: 20,
    leaseMs,
    concurrency: slots / 2,
  });
  troublemaker = new Redis(server.url, { retryStrategy: () => 100 });
  troublemaker.on("error", () => {});
  processes = await Promise.all([
    engine.start("planner"),
    engine.start("worker"),
    engine.start("worker"),
  ]);
});
afterEach(async () => {
  troublemaker.disconnect();
  await engine.close();
  await server.stop();
});

const lines = (what: "start" | "end") =>
  engine.executions().filter((execution) => execution.what === what);

/** Submits a cascade of 570 partitions and waits until some have ended. */
async function underWay(): Promise<string> {
  const { id } = await engine.client.backfills.create({ assets: "raw+", reprocess: "all" });
  if (id === undefined) throw new Error("nothing to run");
  await eventually(() => lines("end").length > 60, { timeoutMs: 60_000 });
  return id;
}

/** It ends with every partition succeeded, by the processes that were there before. */
async function expectUnharmed(id: string, mostStarts: number): Promise<void> {
  const detail = await engine.ended(id);
  expect(detail.status).toBe("succeeded");
  expect(detail.counts).toMatchObject({ selected: 570, succeeded: 570, failed: 0, skipped: 0 });
  expect(lines("start").length).toBeLessThanOrEqual(mostStarts);
  for (const child of processes)
    expect(await Promise.race([child.exited, Promise.resolve("alive")])).toBe("alive");
  await expectHealthy(engine.client);
}

test("P13: losing Redis for longer than every lease fails no partition: results are held, and settled or run again", async () => {
  const id = await underWay();
  await server.kill9();
  // What runs ends meanwhile, and its results have nowhere to go.
  await eventually(() => lines("start").length === lines("end").length, { timeoutMs: 20_000 });
  await delay(leaseMs + 1_000);
  const before = lines("start").length;
  await server.restart();
  await expectUnharmed(id, 570 + untold);
  expect(before).toBeLessThan(570);
});

test("P1, P2: a backfill that was acknowledged a moment before a crash of Redis exists after it, and runs to its end", async () => {
  const ids: string[] = [];
  for (const assets of ["raw", "flaky", "chain"]) {
    const { id = "" } = await engine.client.backfills.create({ assets, reprocess: "all" });
    ids.push(id);
  }
  await server.kill9();
  await server.restart();
  for (const id of ids) {
    const { status, counts } = await engine.ended(id);
    const { selected, succeeded, failed, skipped, canceled } = counts;
    expect([status, succeeded + failed + skipped + canceled]).toEqual(["succeeded", selected]);
  }
  await expectHealthy(engine.client);
});

/** How long each trouble lasts: shorter than a lease, longer than several heartbeats. */
const lastsMs = 2_000;

type Trouble = readonly [
  what: string,
  word: string,
  cause: () => Promise<unknown>,
  end: () => Promise<unknown>,
];
const troubles: readonly Trouble[] = [
  [
    "is full",
    "OOM",
    () => troublemaker.config("SET", "maxmemory", "1"),
    () => troublemaker.config("SET", "maxmemory", "0"),
  ],
  [
    "takes no writes",
    "READONLY",
    () => troublemaker.call("REPLICAOF", "127.0.0.1", "1"),
    () => troublemaker.call("REPLICAOF", "NO", "ONE"),
  ],
  [
    "runs somebody's long script",
    "BUSY",
    async () => {
      await troublemaker.config("SET", "busy-reply-threshold", "50");
      const script = `
        local function now() local t = redis.call("TIME") return t[1] * 1000 + t[2] / 1000 end
        local till = now() + ${lastsMs}
        while now() < till do end`;
      await troublemaker.eval(script, 0).catch(() => {});
    },
    () => troublemaker.config("SET", "busy-reply-threshold", "5000"),
  ],
];

test.each(troubles)(
  "P14: a Redis that %s (%s) for a while costs time, and no partition and no process",
  async (_, word, cause, end) => {
    const id = await underWay();
    const witness = new Redis(server.url);
    witness.on("error", () => {});
    const caused = cause();
    await eventually(async () => {
      const answer = await witness.set("witness", "x").catch((error: Error) => error.message);
      return answer.startsWith(word);
    });
    await delay(lastsMs);
    await caused;
    await end();
    witness.disconnect();
    expect((await engine.client.backfills.get(id)).counts.failed).toBe(0);
    await expectUnharmed(id, 570 + untold);
  },
);
