import {
  cleanPrefix,
  eventually,
  redisUrlForTests,
  startRedis,
  testPrefix,
} from "@infill/test-support";
import { afterAll, afterEach, expect, test } from "vitest";
import { type Engine, startEngine } from "./engine.ts";
import { expectHealthy } from "./expectHealthy.ts";
import type { EngineSettings } from "./processes/engineProject.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
const leaseMs = 1_000;
const patient = { timeoutMs: 60_000 };
let engine: Engine | undefined;

afterEach(async () => {
  await engine?.close();
  engine = undefined;
});

afterAll(() => cleanPrefix(url, prefix));

async function start(settings: Partial<EngineSettings>, redisUrl = url): Promise<Engine> {
  engine = await startEngine(redisUrl, { namespace: prefix, leaseMs, concurrency: 1, ...settings });
  return engine;
}

async function submit({ client }: Engine, partitions: string, assets = "raw"): Promise<string> {
  const { id } = await client.backfills.create({ assets, partitions, reprocess: "all" });
  if (id === undefined) throw new Error("nothing to run");
  return id;
}

const startsOf = ({ executions }: Engine) => executions().filter(({ what }) => what === "start");

test("functions that block the event loop for three leases, one after another, each succeed at their first attempt", async () => {
  const ms = 3.5 * leaseMs;
  const running = await start({
    blocking: {
      "raw 2001-01-01": { how: "loop", ms },
      "raw 2001-01-02": { how: "child", ms },
      "raw 2001-01-03": { how: "pattern", ms },
    },
  });
  const [, worker] = await Promise.all([running.start("planner"), running.start("worker")]);
  const id = await submit(running, "[2001-01-01...2001-01-04]");
  await eventually(() => startsOf(running).length > 0, patient);
  // Somebody who would take over what lapses.
  const other = await running.start("worker");
  const detail = await running.ended(id);
  expect(detail).toMatchObject({ status: "succeeded", counts: { succeeded: 4, failed: 0 } });
  expect(startsOf(running).map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1]);
  const told = `${worker.stderr}\n${other.stderr}`
    .split("\n")
    .filter((line) => /has been blocked/.test(line));
  expect(told.length).toBeGreaterThanOrEqual(1);
  expect(JSON.parse(told[0] ?? "")).toMatchObject({
    level: "warn",
    running: 1,
    partitions: [expect.stringMatching(/^raw 2001-01-0[123]$/)],
  });
  await expectHealthy(running.client);
});

test("claims that are answered while functions of other assets block the event loop are kept, and run once", async () => {
  const days = ["2001-01-01", "2001-01-02"];
  const names = days.flatMap((day) => [`raw ${day}`, `flaky ${day}`]);
  const ms = 1.5 * leaseMs;
  const running = await start({
    concurrency: names.length,
    blocking: Object.fromEntries(names.map((name) => [name, { how: "loop", ms }])),
  });
  await Promise.all([running.start("planner"), running.start("worker")]);
  const ids = [
    await submit(running, days.join(",")),
    await submit(running, days.join(","), "flaky"),
  ];
  await eventually(() => startsOf(running).length > 0, patient);
  await running.start("worker");
  for (const id of ids) expect((await running.ended(id)).counts).toMatchObject({ succeeded: 2 });
  expect(startsOf(running).map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1]);
  await expectHealthy(running.client);
});

test("a worker that is told to stop while its event loop is blocked ends in good order, and nothing runs twice", async () => {
  const running = await start({ blocking: { "raw 2001-01-01": { how: "loop", ms: 4 * leaseMs } } });
  const [, worker] = await Promise.all([running.start("planner"), running.start("worker")]);
  const id = await submit(running, "2001-01-01");
  await eventually(() => startsOf(running).length === 1, patient);
  await running.start("worker");
  const { code } = await worker.stop({ timeoutMs: 20_000 });
  expect(code).toBe(0);
  expect((await running.ended(id)).status).toBe("succeeded");
  expect(startsOf(running)).toHaveLength(1);
});

test("a partition whose worker is blocked for too long starts elsewhere, which is a lapse and no death", async () => {
  const running = await start({
    blocking: { "raw 2001-01-01": { how: "loop", ms: 9 * leaseMs } },
    maxBlockedMs: 3_500,
  });
  const [, worker] = await Promise.all([running.start("planner"), running.start("worker")]);
  const id = await submit(running, "2001-01-01");
  await eventually(() => startsOf(running).length === 1, patient);
  const heir = await running.start("worker");
  expect((await running.ended(id)).status).toBe("succeeded");
  expect(startsOf(running).map(({ pid, attempt }) => [pid, attempt])).toEqual([
    [worker.pid, 1],
    [heir.pid, 2],
  ]);
  expect(heir.stderr).toMatch(
    /a living worker lost its claim on a partition: its event loop had been blocked for \d+ s/,
  );
  expect(heir.stderr).not.toMatch(/a process died/);
  await eventually(
    () => /renewed its claims on an asset too late|too late/.test(worker.stderr),
    patient,
  );
});

test("a partition that lost its claim too often fails, and its error says that the process lived", async () => {
  const running = await start({
    blocking: { "raw 2001-01-01": { how: "loop", ms: 8 * leaseMs } },
    ...{ maxBlockedMs: 3_500, maxLapses: 1 },
  });
  await Promise.all([running.start("planner"), running.start("worker")]);
  const id = await submit(running, "2001-01-01");
  await eventually(() => startsOf(running).length === 1, patient);
  await running.start("worker");
  const { failures } = await running.ended(id);
  expect(failures[0]?.error).toMatch(
    /lost its claim 1 times while its process lived; the last time its event loop had been blocked for \d+ s/,
  );
  const { lastSettlement } = await running.client.partitions.get("raw", "2001-01-01");
  expect(lastSettlement).toMatchObject({ outcome: "failed", attempt: 1 });
});

test("a Redis that restarts while the event loop is blocked costs no attempt: heartbeats find it again by themselves", async () => {
  const server = await startRedis({ appendonly: true });
  try {
    const leaseMs = 5_000;
    const running = await start(
      { leaseMs, blocking: { "raw 2001-01-01": { how: "loop", ms: 2.5 * leaseMs } } },
      server.url,
    );
    const [, worker] = await Promise.all([running.start("planner"), running.start("worker")]);
    const id = await submit(running, "2001-01-01");
    await eventually(() => startsOf(running).length === 1, patient);
    await server.kill9();
    await server.restart();
    // Somebody who would take over what lapses.
    const other = await running.start("worker");
    expect((await running.ended(id)).status).toBe("succeeded");
    expect(startsOf(running).map(({ pid, attempt }) => [pid, attempt])).toEqual([[worker.pid, 1]]);
    const { lastSettlement } = await running.client.partitions.get("raw", "2001-01-01");
    expect(lastSettlement).toMatchObject({ outcome: "succeeded", attempt: 1, backfillId: id });
    expect(`${worker.stderr}${other.stderr}`).not.toMatch(/a process died|lost its claim/);
    await expectHealthy(running.client);
    await engine?.close();
    engine = undefined;
  } finally {
    await server.stop();
  }
});

test("what a function logs or returns that JSON does not hold fails no partition", async () => {
  const running = await start({ hostile: ["raw 2001-01-01"] });
  const [, worker] = await Promise.all([running.start("planner"), running.start("worker")]);
  const id = await submit(running, "2001-01-01");
  expect((await running.ended(id)).status).toBe("succeeded");
  await eventually(() => /after the end/.test(worker.stderr), patient);
  expect(worker.stderr).toContain('"broken":"[unreadable]"');
  expect(worker.stderr).toMatch(
    /The metadata of raw 2001-01-01 is not stored: metadata is an array; expected a plain object/,
  );
  const { metadata } = await running.client.partitions.get("raw", "2001-01-01");
  expect(metadata).toBeUndefined();
});
