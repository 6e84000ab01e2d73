import { type NodeProcess, type RedisServer, eventually, startRedis } from "@infill/test-support";
import { Redis } from "ioredis";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Engine, startEngine } from "./engine.ts";
import { expectHealthy } from "./expectHealthy.ts";

let server: RedisServer;
let engine: Engine;

let processes: NodeProcess[] = [];

beforeEach(async () => {
  server = await startRedis({ appendonly: true });
  engine = await startEngine(server.url, {
    namespace: "faults",
    durationMs: 20,
    leaseMs: 4_000,
    concurrency: 4,
  });
  processes = await Promise.all([
    engine.start("planner"),
    engine.start("worker"),
    engine.start("worker"),
  ]);
});
afterEach(async () => {
  await engine.close();
  await server.stop();
});

/** Submits a cascade of 570 partitions and waits until some have ended. */
async function underWay(): Promise<string> {
  const { id } = await engine.client.backfills.create({ assets: "raw+", reprocess: "all" });
  if (id === undefined) throw new Error("nothing to run");
  await eventually(() => engine.executions().filter(({ what }) => what === "end").length > 60);
  return id;
}

test("P2, P13, F23: SIGKILL of Redis and a restart from its append-only file lose nothing", async () => {
  const id = await underWay();
  await server.kill9();
  await server.restart();
  const detail = await engine.ended(id);
  expect(detail.status).toBe("succeeded");
  expect(detail.counts).toMatchObject({ selected: 570, succeeded: 570, failed: 0, skipped: 0 });
  // What ran while Redis was away is settled when it is back, not run again.
  const starts = engine.executions().filter(({ what }) => what === "start").length;
  expect(starts).toBeLessThanOrEqual(570 + 8);
  await expectHealthy(engine.client);
});

test("P14, F32: connections that are killed again and again cost time and nothing else", async () => {
  const id = await underWay();
  const killer = new Redis(server.url);
  for (let round = 0; round < 30; round++) {
    await killer.call("CLIENT", "KILL", "TYPE", "normal");
    await killer.call("CLIENT", "KILL", "TYPE", "pubsub");
    const before = engine.executions().length;
    await eventually(
      () => engine.executions().length > before || engine.executions().length >= 1_140,
      {
        timeoutMs: 20_000,
      },
    );
  }
  killer.disconnect();
  const detail = await engine.ended(id);
  expect(detail.counts).toMatchObject({ selected: 570, succeeded: 570, failed: 0, skipped: 0 });
  await expectHealthy(engine.client);
});

test("P14, F36: scripts that Redis forgets are loaded again unnoticed", async () => {
  const id = await underWay();
  const forgetful = new Redis(server.url);
  for (let round = 0; round < 20; round++) {
    await forgetful.script("FLUSH", "SYNC");
    const before = engine.executions().length;
    await eventually(
      () => engine.executions().length > before || engine.executions().length >= 1_140,
    );
  }
  forgetful.disconnect();
  const detail = await engine.ended(id);
  expect(detail.counts).toMatchObject({ selected: 570, succeeded: 570, failed: 0, skipped: 0 });
  await expectHealthy(engine.client);
});

test("planner and workers end in good order though Redis is gone", async () => {
  await underWay();
  await server.kill9();
  for (const child of processes) child.kill("SIGTERM");
  const exits = await Promise.all(processes.map((child) => child.exited));
  expect(exits.map(({ code }) => code)).toEqual([0, 0, 0]);
  await server.restart();
});

test("F66: jobs whose queue somebody empties come again by themselves, whether their data is left or not", async () => {
  const id = await underWay();
  const vandal = new Redis(server.url);
  const queue = `${engine.settings.namespace}:{pool/default}:default`;
  const lists = ["wait", "prioritized", "delayed"].map((list) => `${queue}:${list}`);
  // Their data stays, so that jobs of the same names cannot be added.
  expect(await vandal.del(...lists)).toBeGreaterThan(0);
  const before = engine.executions().length;
  await eventually(() => engine.executions().length > before + 100, { timeoutMs: 60_000 });
  const all = await vandal.keys(`${queue}*`);
  expect(await vandal.del(...all)).toBeGreaterThan(lists.length);
  vandal.disconnect();
  const detail = await engine.ended(id);
  expect(detail.status).toBe("succeeded");
  expect(detail.counts).toMatchObject({ selected: 570, succeeded: 570, failed: 0, skipped: 0 });
  // Who had a job goes on with it.
  expect(engine.executions().filter(({ what }) => what === "start")).toHaveLength(570);
});
