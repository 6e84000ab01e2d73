import { type InfillClient, connect } from "@infill/client";
import { chunkOrdinals, openStateStore, parseSettlements } from "@infill/state";
import { cleanPrefix, eventually, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, afterEach, expect, test } from "vitest";
import { type Engine, startEngine } from "./engine.ts";
import { expectHealthy } from "./expectHealthy.ts";
import { engineProject } from "./processes/engineProject.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
let engine: Engine | undefined;

afterEach(async () => {
  if (engine !== undefined) await expectHealthy(engine.client);
  await engine?.close();
  engine = undefined;
});
afterAll(() => cleanPrefix(url, prefix));

async function submit(
  client: InfillClient,
  request: Parameters<InfillClient["backfills"]["create"]>[0],
): Promise<string> {
  const { id } = await client.backfills.create(request);
  if (id === undefined) throw new Error("nothing to run");
  return id;
}

/** Settlements of each partition in the streams of an engine's assets, as `backfill asset lane ordinal`. */
async function settledOnce(
  namespace: string,
  assets: readonly string[],
): Promise<Map<string, number>> {
  const store = await openStateStore(url, namespace, "test");
  const times = new Map<string, number>();
  for (const asset of assets) {
    for (const [, fields] of await store.redis.xrange(store.keys.settlements(asset), "-", "+")) {
      for (const event of parseSettlements(asset, fields[3] ?? "") ?? []) {
        if (event.change.kind !== "succeeded" && event.change.kind !== "failed") continue;
        for (const ordinal of event.change.ordinals) {
          const name = `${event.backfillId} ${asset} ${event.lane} ${ordinal}`;
          times.set(name, (times.get(name) ?? 0) + 1);
        }
      }
    }
  }
  await store.close();
  return times;
}

test("P6: a cascade runs every partition once, each after all that it depends on", async () => {
  engine = await startEngine(url, { namespace: prefix, durationMs: 1 });
  await Promise.all([engine.start("planner"), engine.start("worker"), engine.start("worker")]);
  const id = await submit(engine.client, { assets: "raw+", reprocess: "all" });
  const detail = await engine.ended(id);
  expect(detail.status).toBe("succeeded");
  expect(detail.byAsset.map(({ asset, counts }) => [asset, counts.succeeded])).toEqual([
    ["raw", 181],
    ["regional", 362],
    ["weeks", 26],
    ["total", 1],
  ]);
  const endedAt = new Map<string, number>();
  for (const [index, { what, partition }] of engine.executions().entries()) {
    if (what === "end") endedAt.set(partition, index);
    if (what === "start" && partition.startsWith("regional ")) {
      expect(endedAt.has(`raw ${partition.slice("regional ".length).split("|")[0]}`)).toBe(true);
    }
    if (what === "start" && partition.startsWith("weeks ")) {
      const mondayMs = Date.parse(partition.slice("weeks ".length));
      for (let day = 0; day < 7; day++) {
        const date = new Date(mondayMs + day * 86_400_000).toISOString().slice(0, 10);
        // The last week reaches one day beyond the data.
        if (date >= "2001-07-01") continue;
        for (const region of ["us", "eu"])
          expect(endedAt.has(`regional ${date}|${region}`)).toBe(true);
      }
    }
    if (what === "start" && partition.startsWith("total")) {
      expect([...endedAt.keys()].filter((done) => done.startsWith("weeks "))).toHaveLength(26);
    }
  }
  expect(endedAt.size).toBe(570);
});

test("P2, P4, P7: two workers share a backfill; SIGKILL of one loses nothing and settles nothing twice", async () => {
  engine = await startEngine(url, {
    namespace: prefix,
    durationMs: 20,
    leaseMs: 2_000,
    concurrency: 4,
  });
  const [, victim] = await Promise.all([
    engine.start("planner"),
    engine.start("worker"),
    engine.start("worker"),
  ]);
  const id = await submit(engine.client, { assets: "raw+", reprocess: "all" });
  const running = engine;
  await eventually(
    () =>
      running.executions().filter(({ what, pid }) => what === "end" && pid === victim.pid).length >
      20,
  );
  victim.kill("SIGKILL");
  const detail = await engine.ended(id);
  expect(detail.status).toBe("succeeded");
  expect(detail.counts.succeeded).toBe(570);
  const executions = engine.executions();
  const pids = new Set(executions.map(({ pid }) => pid));
  expect(pids.size).toBe(2);
  // Only what the victim held at its death was started again: what ran, and what had just ended and was not settled yet.
  const open = new Map<string, number>();
  const ended: string[] = [];
  const again = new Map<string, number>();
  for (const { what, partition, pid } of executions) {
    if (what === "start") again.set(partition, (again.get(partition) ?? 0) + 1);
    if (pid !== victim.pid) continue;
    if (what === "start") open.set(partition, pid);
    else if (open.delete(partition)) ended.push(partition);
  }
  const held = [...open.keys(), ...ended.slice(-4)];
  for (const [partition, times] of again) if (times > 1) expect(held).toContain(partition);
  const starts = executions.filter(({ what }) => what === "start").length;
  expect(starts).toBeGreaterThanOrEqual(570);
  expect(starts).toBeLessThanOrEqual(570 + 4);
  const times = await settledOnce(engine.settings.namespace, ["raw", "regional", "weeks", "total"]);
  expect(times.size).toBe(570);
  expect([...times.values()].every((count) => count === 1)).toBe(true);
});

test("P6: a failure is tried again, then skips what depends on it; retry runs these and nothing else", async () => {
  engine = await startEngine(url, { namespace: prefix, failing: { "raw 2001-02-05": 0 } });
  const planner = await engine.start("planner");
  const worker = await engine.start("worker");
  const fast = { maxAttempts: 2, backoffMs: 10 };
  const id = await submit(engine.client, { assets: "raw+", reprocess: "all", retry: fast });
  const failed = await engine.ended(id);
  expect(failed.status).toBe("failed");
  expect(failed.counts).toMatchObject({
    selected: 570,
    succeeded: 565,
    failed: 1,
    skipped: 4,
    waiting: 0,
    queued: 0,
  });
  expect(failed.failures).toEqual([
    { asset: "raw", key: "2001-02-05", error: "Error: no data for raw 2001-02-05", attempt: 2 },
  ]);
  // Each asset that was skipped names the partition that is to blame.
  const store = await openStateStore(url, engine.settings.namespace, "test");
  const ordinal = Date.UTC(2001, 1, 5) / 86_400_000;
  for (const asset of ["regional", "weeks", "total"]) {
    const culprits = await store.redis.lrange(store.keys.culprits(asset, id), 0, -1);
    expect(culprits.map((text) => JSON.parse(text))).toContainEqual(
      expect.objectContaining({ outcome: "skipped", asset: "raw", ordinal }),
    );
  }
  await store.close();
  const before = engine.executions().length;
  await worker.stop();
  await planner.stop();
  // The mended function comes with other processes.
  Object.assign(engine.settings, { failing: {} });
  await Promise.all([engine.start("planner"), engine.start("worker")]);
  const { reopened } = await engine.client.backfills.retry(id);
  expect(reopened).toBe(5);
  const detail = await engine.ended(id);
  expect(detail.status).toBe("succeeded");
  expect(detail.counts).toMatchObject({ selected: 570, succeeded: 570, failed: 0, skipped: 0 });
  const again = engine
    .executions()
    .slice(before)
    .filter(({ what }) => what === "start");
  expect(again.map(({ partition }) => partition).sort()).toEqual([
    "raw 2001-02-05",
    "regional 2001-02-05|eu",
    "regional 2001-02-05|us",
    expect.stringMatching(/^total/),
    "weeks 2001-02-05",
  ]);
});

test("a self-dependent chain runs in order, a hop after another", async () => {
  engine = await startEngine(url, { namespace: prefix });
  await Promise.all([engine.start("planner"), engine.start("worker")]);
  const id = await submit(engine.client, { assets: "chain", reprocess: "all" });
  expect((await engine.ended(id)).status).toBe("succeeded");
  const starts = engine.executions().filter(({ what }) => what === "start");
  const keys = starts.map(({ partition }) => partition);
  expect(keys).toHaveLength(181);
  expect(keys).toEqual(keys.toSorted());
});

test("P10: submitting a million partitions takes at most a second of processor time, and jobs stay in the window", async () => {
  engine = await startEngine(url, { namespace: prefix, durationMs: 1, concurrency: 16 });
  await Promise.all([engine.start("planner"), engine.start("worker"), engine.start("worker")]);
  const { client, settings } = engine;
  const running = engine;
  const before = process.cpuUsage();
  const id = await submit(client, {
    assets: "huge",
    partitions: "[1880-01-01-00:00...1994-01-29-15:00]",
  });
  const { user, system } = process.cpuUsage(before);
  await eventually(() => running.executions().length > 0, { intervalMs: 5 });
  const { counts, window } = await client.backfills.get(id);
  expect(counts.selected).toBe(1_000_000);
  const store = await openStateStore(url, settings.namespace, "test");
  const queue = `${store.keys.poolPrefix("default")}:default`;
  let most = 0;
  for (let look = 0; look < 400; look++) {
    const [prioritized, waiting, active, delayed] = await Promise.all([
      store.redis.zcard(`${queue}:prioritized`),
      store.redis.llen(`${queue}:wait`),
      store.redis.llen(`${queue}:active`),
      store.redis.zcard(`${queue}:delayed`),
    ]);
    most = Math.max(most, waiting + prioritized + active + delayed);
  }
  // A million jobs would be 250 MB; bits, rows, the window's jobs and the records of what has run are little.
  let bytes = 0;
  for await (const keys of store.redis.scanStream({ match: `${settings.namespace}:*` }))
    for (const key of keys as string[]) bytes += (await store.redis.memory("USAGE", key)) ?? 0;
  expect(bytes).toBeLessThan(8_000_000);
  await store.close();
  await client.backfills.cancel(id);
  const canceled = await running.ended(id);
  expect(canceled.status).toBe("canceled");
  expect(canceled.counts.succeeded + canceled.counts.canceled).toBe(1_000_000);
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(window);
  // Of this process, in microseconds. How long it took depends on what else the machine does: `npm run bench` times it.
  expect(user + system).toBeLessThan(1_000_000);
  const after = running.executions().length;
  // The jobs of the last claims are removed a moment after these were given up.
  await eventually(async () => {
    const [pool] = await client.pools.list();
    return pool?.waiting === 0 && pool.active === 0 && pool.delayed === 0;
  });
  expect(running.executions()).toHaveLength(after);
});

test("P11: cancel aborts what runs, and a canceled backfill can be gone on with", async () => {
  engine = await startEngine(url, { namespace: prefix, durationMs: 60_000 });
  await Promise.all([engine.start("planner"), engine.start("worker")]);
  const running = engine;
  const id = await submit(engine.client, { assets: "raw", reprocess: "all" });
  await eventually(() => running.executions().length === 8);
  await engine.client.backfills.cancel(id, { reason: "wrong input" });
  const answered = engine.executions().length;
  const canceled = await engine.ended(id);
  // Functions take a minute and obey their signal: that it has ended says that none of them runs.
  expect(engine.executions()).toHaveLength(answered);
  expect(canceled.status).toBe("canceled");
  expect(canceled.counts).toMatchObject({ selected: 181, canceled: 181, inProgress: 0, queued: 0 });
  expect(await engine.client.partitions.count("raw")).toMatchObject({
    missing: 181,
    inProgress: 0,
  });
  const { reopened } = await engine.client.backfills.retry(id);
  expect(reopened).toBe(181);
  await eventually(() => running.executions().length === 16);
  await engine.client.backfills.cancel(id);
  expect((await engine.ended(id)).status).toBe("canceled");
});

test("P9: a planner that is killed is replaced by another, and two at once change nothing", async () => {
  engine = await startEngine(url, {
    namespace: prefix,
    durationMs: 5,
    leaseMs: 2_000,
    concurrency: 4,
  });
  const [first] = await Promise.all([
    engine.start("planner"),
    engine.start("planner"),
    engine.start("worker"),
  ]);
  const running = engine;
  const id = await submit(engine.client, { assets: "raw+", reprocess: "all" });
  await eventually(() => running.executions().length > 100);
  first.kill("SIGKILL");
  await eventually(() => running.executions().length > 150);
  await engine.start("planner");
  const detail = await engine.ended(id);
  expect(detail.counts).toMatchObject({ selected: 570, succeeded: 570 });
  expect(engine.executions().filter(({ what }) => what === "start")).toHaveLength(570);
});

test("a backfill of higher priority goes ahead of what another has in the queue", async () => {
  engine = await startEngine(url, { namespace: prefix, durationMs: 30, concurrency: 1 });
  await Promise.all([engine.start("planner"), engine.start("worker")]);
  const running = engine;
  const slow = await submit(engine.client, { assets: "raw", reprocess: "all" });
  await eventually(() => running.executions().length > 4);
  const before = engine.executions().length;
  const urgent = await submit(engine.client, {
    assets: "flaky",
    partitions: "[2001-01-01...2001-01-05]",
    reprocess: "all",
    priority: 10,
  });
  expect((await engine.ended(urgent)).status).toBe("succeeded");
  const meanwhile = engine
    .executions()
    .slice(before)
    .filter(({ what, partition }) => what === "start" && partition.startsWith("raw "));
  // One run of quick neighbors was under way, and its slot is the only one.
  expect(meanwhile.length).toBeLessThan(20);
  expect((await engine.client.backfills.get(slow)).status).toBe("running");
  await engine.client.backfills.cancel(slow);
  expect((await engine.ended(slow)).status).toBe("canceled");
});

test("P5: overlapping backfills share the execution of a partition", async () => {
  // Long enough that the three overlap on a busy machine, too.
  engine = await startEngine(url, { namespace: prefix, durationMs: 2_000, concurrency: 64 });
  await Promise.all([engine.start("planner"), engine.start("worker")]);
  const { client } = engine;
  const ids = await Promise.all(
    Array.from({ length: 3 }, () =>
      submit(client, { assets: "raw", partitions: "[2001-01-01...2001-01-16]", reprocess: "all" }),
    ),
  );
  const running = engine;
  const details = await Promise.all(ids.map((id) => running.ended(id)));
  expect(details.map(({ status, counts }) => [status, counts.succeeded])).toEqual(
    ids.map(() => ["succeeded", 16]),
  );
  const open = new Set<string>();
  for (const { what, partition } of engine.executions()) {
    if (what === "start") {
      expect(open.has(partition)).toBe(false);
      open.add(partition);
    } else open.delete(partition);
  }
  expect(engine.executions().filter(({ what }) => what === "start").length).toBeLessThan(48);
});

test("SIGTERM drains: what runs ends or is given back, and starts elsewhere at once", async () => {
  engine = await startEngine(url, { namespace: prefix, durationMs: 60_000, concurrency: 4 });
  const [, worker] = await Promise.all([engine.start("planner"), engine.start("worker")]);
  const running = engine;
  await submit(engine.client, {
    assets: "raw",
    partitions: "[2001-01-01...2001-01-04]",
    reprocess: "all",
  });
  await eventually(() => running.executions().length === 4);
  const heir = await engine.start("worker");
  const stopMs = Date.now();
  const { code } = await worker.stop({ timeoutMs: 10_000 });
  expect(code).toBe(0);
  const again = await eventually(() => {
    const restarted = running
      .executions()
      .filter(({ what, pid }) => what === "start" && pid === heir.pid);
    if (restarted.length !== 4) throw new Error(JSON.stringify(running.executions()));
    return restarted;
  });
  expect(Math.max(...again.map(({ atMs }) => atMs)) - stopMs).toBeLessThan(2_000 + 2_000);
  expect(again.map(({ attempt }) => attempt)).toEqual([2, 2, 2, 2]);
});

test("a partition that kills its process is given up after two deaths, and the rest goes on", async () => {
  engine = await startEngine(url, {
    namespace: prefix,
    durationMs: 5,
    leaseMs: 1_000,
    concurrency: 8,
    poison: ["raw 2001-01-03"],
  });
  await engine.start("planner");
  const running = engine;
  const id = await submit(engine.client, {
    assets: "raw",
    partitions: "[2001-01-01...2001-01-20]",
    reprocess: "all",
  });
  let isOver = false;
  const supervised = (async () => {
    while (!isOver) {
      const worker = await running.start("worker");
      await worker.exited;
    }
  })();
  const detail = await engine.ended(id);
  isOver = true;
  expect(detail.counts).toMatchObject({ selected: 20, succeeded: 19, failed: 1 });
  expect(detail.failures[0]?.error).toMatch(/died 2 times/);
  const deaths = engine
    .executions()
    .filter(({ what, partition }) => what === "start" && partition === "raw 2001-01-03");
  expect(deaths.map(({ attempt }) => attempt)).toEqual([1, 2]);
  // Of the start that did not take place nothing is counted.
  const { lastSettlement } = await engine.client.partitions.get("raw", "2001-01-03");
  expect(lastSettlement).toMatchObject({ outcome: "failed", attempt: 2 });
  await engine.close();
  engine = undefined;
  await supervised;
});

test("P17: a definition that means something else is refused when a backfill names it", async () => {
  engine = await startEngine(url, { namespace: prefix });
  await engine.client.partitions.mark("raw", { partitions: "2001-01-01" });
  const store = await openStateStore(url, engine.settings.namespace, "test");
  await store.redis.hset(store.keys.meta("raw"), "fingerprint", "hourly in UTC");
  await store.close();
  const client = await connect(engineProject(engine.settings), { redisUrl: url });
  await expect(client.backfills.create({ assets: "raw" })).rejects.toMatchObject({
    code: "INFILL_DEFINITION_CHANGED",
  });
  await client.close();
  expect(chunkOrdinals % 8).toBe(0);
});
