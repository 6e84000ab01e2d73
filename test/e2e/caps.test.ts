import {
  backfillScope,
  changeBackfill,
  countPermits,
  openStateStore,
  setBackfillCap,
  type StateStore,
} from "@infill/state";
import { cleanPrefix, eventually, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, afterEach, expect, test } from "vitest";
import { type Engine, startEngine } from "./engine.ts";
import type { EngineSettings, Execution } from "./processes/engineProject.ts";

const url = redisUrlForTests();
/** Longer than a busy machine needs. */
const patient = { timeoutMs: 60_000 };
const prefix = testPrefix();
let engine: Engine | undefined;
let store: StateStore | undefined;
let watch: { end(): Promise<number> } | undefined;

afterEach(async () => {
  await watch?.end();
  watch = undefined;
  await store?.close();
  store = undefined;
  await engine?.close();
  engine = undefined;
});
afterAll(() => cleanPrefix(url, prefix));

/** An engine with two planners and two workers of eight slots each. */
async function start(settings: Partial<EngineSettings>) {
  const running = await startEngine(url, { namespace: prefix, concurrency: 8, ...settings });
  engine = running;
  const opened = await openStateStore(url, running.settings.namespace, "test");
  store = opened;
  const [, , ...workers] = await Promise.all([
    running.start("planner"),
    running.start("planner"),
    running.start("worker"),
    running.start("worker"),
  ]);
  return { engine: running, store: opened, workers };
}

async function submit(
  running: Engine,
  request: Partial<Parameters<Engine["client"]["backfills"]["create"]>[0]> = {},
): Promise<string> {
  const { id } = await running.client.backfills.create({
    assets: "loads",
    reprocess: "all",
    ...request,
  });
  if (id === undefined) throw new Error("nothing to run");
  return id;
}

/** The most executions that were under way at once in any group, by the order of the log's lines. */
function mostAtOnce(
  executions: readonly Execution[],
  groupOf: (partition: string) => string,
  isGone: (execution: Execution, at: number) => boolean = () => false,
): number {
  const open = new Map<string, Set<string>>();
  let most = 0;
  for (const [at, execution] of executions.entries()) {
    const { what, partition, pid, attempt } = execution;
    const group = open.get(groupOf(partition)) ?? new Set();
    open.set(groupOf(partition), group);
    const name = `${pid} ${partition} ${attempt}`;
    if (what === "end" || isGone(execution, at)) group.delete(name);
    else group.add(name);
    most = Math.max(most, group.size);
  }
  return most;
}

const all = () => "all";
const tenantOf = (partition: string) => partition.split("|")[1] ?? "";
const months = ["01", "02"].map((month) => `date=[2001-${month}-01...2001-${month}-15]`);
const monthOf = (partition: string) => partition.slice("loads ".length, "loads 2001-01".length);

/** Looks at the running claims of `loads` again and again, and keeps the most that it saw in any group. */
function watchClaims(opened: StateStore, groupOf: (field: string, entry: string) => string) {
  let isOver = false;
  let most = 0;
  const looking = (async () => {
    while (!isOver) {
      const claims = await opened.redis.hgetall(opened.keys.claims("loads"));
      const counts = new Map<string, number>();
      for (const [field, entry] of Object.entries(claims)) {
        if (!entry.startsWith("R ")) continue;
        const count = (counts.get(groupOf(field, entry)) ?? 0) + 1;
        counts.set(groupOf(field, entry), count);
        most = Math.max(most, count);
      }
    }
  })();
  watch = {
    async end() {
      isOver = true;
      await looking;
      return most;
    },
  };
  return watch;
}

/** The four tenants have the places of a tile's row. */
const fieldTenant = (field: string) => String(Number(field.split(":")[1]) % 4);
const entryBackfill = (_field: string, entry: string) => entry.split(" ").at(-1) ?? "";

test.each<
  [
    string,
    number,
    Partial<EngineSettings>,
    { concurrency?: number },
    (partition: string) => string,
    (field: string, entry: string) => string,
  ]
>([
  ["an asset", 5, { caps: { asset: 5 } }, {}, all, all],
  ["each key of a dimension", 2, { caps: { tenant: 2 } }, {}, tenantOf, fieldTenant],
  ["a pool", 6, { caps: { pool: 6 } }, {}, all, all],
  ["a backfill", 3, {}, { concurrency: 3 }, monthOf, entryBackfill],
])(
  "the cap of %s is reached and never exceeded, by two backfills, two planners and two workers",
  async (_what, cap, settings, request, groupOf, fieldGroup) => {
    // Long enough that a busy machine fills a cap before the first of them ends.
    const { engine: running, store: opened } = await start({ durationMs: 100, ...settings });
    const claims = watchClaims(opened, fieldGroup);
    const ids = await Promise.all(
      months.map((partitions) => submit(running, { partitions, ...request })),
    );
    if (settings.caps?.pool !== undefined) {
      await eventually(async () => {
        const [pool] = await running.client.pools.list();
        return pool?.concurrency === cap && (pool.inUse ?? 0) > 0;
      }, patient);
    }
    for (const id of ids)
      expect((await running.ended(id)).counts).toMatchObject({ selected: 60, succeeded: 60 });
    expect(await claims.end()).toBe(cap);
    expect(mostAtOnce(running.executions(), groupOf)).toBe(cap);
    expect(running.executions().filter(({ what }) => what === "start")).toHaveLength(120);
  },
);

test("a cap holds when a worker is killed, and its permits come back", async () => {
  const {
    engine: running,
    store: opened,
    workers,
  } = await start({
    durationMs: 40,
    leaseMs: 1_000,
    caps: { asset: 6 },
  });
  const claims = watchClaims(opened, all);
  const id = await submit(running);
  const [victim] = workers;
  if (victim === undefined) throw new Error("no worker");
  const openOf = (pid: number) => mineOpen(running.executions(), pid);
  await eventually(() => openOf(victim.pid) >= 2 && running.executions().length > 100, patient);
  victim.kill("SIGKILL");
  await victim.exited;
  const diedAt = running.executions().length;
  await running.start("worker");
  // What the dead worker held is used again.
  await eventually(() => running.executions().length > diedAt + 400, patient);
  const claimed = async () =>
    Object.values(await opened.redis.hgetall(opened.keys.claims("loads")));
  await eventually(
    async () => (await claimed()).filter((entry) => entry.startsWith("R ")).length === 6,
    patient,
  );
  const detail = await running.ended(id);
  expect(detail.counts).toMatchObject({ selected: 724, succeeded: 724 });
  expect(await claims.end()).toBe(6);
  const lines = running.executions();
  const dead = endings(lines.slice(0, diedAt), victim.pid);
  expect(mostAtOnce([...lines.slice(0, diedAt), ...dead, ...lines.slice(diedAt)], all)).toBe(6);
  await eventually(async () => (await countPermits(opened, ["asset:loads"]))[0] === 0, patient);
  expect(await running.client.assets.get("loads")).toMatchObject({
    concurrency: { cap: 6, inUse: 0 },
  });
});

test("a worker that is frozen past its lease comes back without its permits", async () => {
  const {
    engine: running,
    store: opened,
    workers,
  } = await start({
    durationMs: 40,
    leaseMs: 1_000,
    caps: { asset: 6, tenant: 3 },
  });
  const claims = watchClaims(opened, all);
  const id = await submit(running);
  const [frozen, other] = workers;
  if (frozen === undefined || other === undefined) throw new Error("no worker");
  await eventually(() => mineOpen(running.executions(), frozen.pid) >= 2, patient);
  frozen.kill("SIGSTOP");
  const frozenAt = running.executions().length;
  // The other one gets all permits, after the frozen one's claims have lapsed.
  await eventually(() => mineOpen(running.executions(), other.pid) === 6, patient);
  await eventually(async () => {
    const { concurrency, concurrencyPer = [] } = await running.client.assets.get("loads");
    expect(concurrency).toEqual({ cap: 6, inUse: 6 });
    const [tenants] = concurrencyPer;
    expect(tenants).toMatchObject({ dimension: "tenant", cap: 3 });
    expect(tenants?.keys.map(({ key }) => key)).toContain("t0");
    return tenants?.keys.every(({ inUse }) => inUse <= 3);
  }, patient);
  frozen.kill("SIGCONT");
  const detail = await running.ended(id);
  expect(detail.counts).toMatchObject({ selected: 724, succeeded: 724, failed: 0 });
  expect(await claims.end()).toBe(6);
  // Claims say what is valid. A function that was about to start when its process froze may start after it woke up, without
  // a claim: its settlement is refused.
  const lines = running.executions();
  // It works again under claims of its own.
  expect(
    lines.slice(frozenAt).some(({ what, pid }) => what === "start" && pid === frozen.pid),
  ).toBe(true);
});

test("the cap of a running backfill is set, raised and taken away while it runs", async () => {
  const { engine: running, store: opened } = await start({ durationMs: 100 });
  const id = await submit(running);
  const inProgress = async () =>
    Number(await opened.redis.hget(opened.keys.ledger("loads", id), "in_progress"));
  await eventually(async () => (await inProgress()) >= 16, patient);
  await changeConcurrency(opened, id, 2);
  await setBackfillCap(opened, id, 2);
  // What is claimed goes on; nothing more is claimed until less than the cap is in progress.
  const already = running.executions().length;
  const permits = async () => (await countPermits(opened, [backfillScope(id)]))[0] ?? 0;
  let before = await permits();
  while (running.executions().length < already + 60) {
    const held = await permits();
    expect(held).toBeLessThanOrEqual(Math.max(2, before));
    // A claim that got its permit before the cap was set may come a moment later.
    expect(await inProgress()).toBeLessThanOrEqual(Math.max(2, held));
    before = held;
  }
  expect(before).toBeLessThanOrEqual(2);
  await eventually(async () => (await countPermits(opened, [backfillScope(id)]))[0] === 2, patient);
  // The planner goes on where whoever changes it comes no further than the settings.
  await changeConcurrency(opened, id, 5);
  await eventually(async () => (await inProgress()) === 5, patient);
  await changeConcurrency(opened, id, undefined);
  // On a busy machine all sixteen slots are seldom in use at one moment.
  await eventually(async () => (await inProgress()) > 5, patient);
  await running.client.backfills.cancel(id);
  expect((await running.ended(id)).status).toBe("canceled");
  await eventually(async () => (await countPermits(opened, [backfillScope(id)]))[0] === 0, patient);
});

test("two backfills share a capped asset: the second does not wait for the end of the first", async () => {
  const { engine: running } = await start({ durationMs: 30, caps: { asset: 2 } });
  const first = await submit(running);
  await eventually(() => running.executions().length > 20, patient);
  const second = await submit(running, { partitions: "date=[2001-06-01...2001-06-05]" });
  expect((await running.ended(second)).status).toBe("succeeded");
  expect((await running.client.backfills.get(first)).status).toBe("running");
  await running.client.backfills.cancel(first);
  await running.ended(first);
  expect(mostAtOnce(running.executions(), all)).toBe(2);
});

async function changeConcurrency(
  opened: StateStore,
  id: string,
  concurrency: number | undefined,
): Promise<void> {
  await changeBackfill(opened, id, ({ settings }) => {
    const { concurrency: _, ...rest } = settings;
    return { settings: concurrency === undefined ? rest : { ...rest, concurrency } };
  });
}

/** Executions of a process that are under way at the end of some lines. */
function mineOpen(lines: readonly Execution[], pid: number): number {
  return openOf(lines, pid).length;
}

function openOf(lines: readonly Execution[], pid: number): Execution[] {
  const open = new Map<string, Execution>();
  for (const line of lines) {
    if (line.pid !== pid) continue;
    if (line.what === "start") open.set(line.partition, line);
    else open.delete(line.partition);
  }
  return [...open.values()];
}

/** Ends of what a process has under way at the end of some lines. */
function endings(lines: readonly Execution[], pid: number): Execution[] {
  return openOf(lines, pid).map((line) => ({ ...line, what: "end" as const }));
}

/** Every function of the first day goes on for a time, whatever its signal says. */
function ignoringAll(ms: number): Record<string, number> {
  return Object.fromEntries([0, 1, 2, 3].map((tenant) => [`loads 2001-01-01|t${tenant}`, ms]));
}

test.each(["cancel", "pause"] as const)(
  "functions that ignore a %s count for their cap until they return",
  async (control) => {
    const ignoring = ignoringAll(9_000);
    const { engine: running } = await start({ ignoring, caps: { asset: 2 }, leaseMs: 2_000 });
    const id = await submit(running, { partitions: "date=2001-01-01" });
    await eventually(() => running.executions().length === 2, patient);
    if (control === "cancel") await running.client.backfills.cancel(id);
    else await running.client.backfills.pause(id, { mode: "stop" });
    const overruns = await eventually(async () => {
      const [pool] = await running.client.pools.list();
      return pool?.overruns.length === 2 ? pool.overruns : undefined;
    }, patient);
    const reason = control === "cancel" ? "canceled" : "paused";
    expect(overruns).toMatchObject([
      { asset: "loads", backfillId: id, reason, partition: expect.stringMatching(/^2001-01-01/) },
      { reason },
    ]);
    const { status } = await running.ended(
      await submit(running, { partitions: "date=2001-01-02" }),
    );
    expect(status).toBe("succeeded");
    expect(mostAtOnce(running.executions(), () => "loads")).toBeLessThanOrEqual(2);
    await eventually(
      async () => (await running.client.pools.list())[0]?.overruns.length === 0,
      patient,
    );
  },
);

test("the permits of functions that ignore their cancel are free again when their process is gone", async () => {
  const ignoring = ignoringAll(600_000);
  const { engine: running, workers } = await start({
    ignoring,
    caps: { asset: 1 },
    leaseMs: 2_000,
  });
  const id = await submit(running, { partitions: "date=2001-01-01" });
  await eventually(() => running.executions().length === 1, patient);
  await running.client.backfills.cancel(id);
  await eventually(
    async () => (await running.client.pools.list())[0]?.overruns.length === 1,
    patient,
  );
  const next = await submit(running, { partitions: "date=2001-01-02" });
  workers.find(({ pid }) => pid === running.executions()[0]?.pid)?.kill("SIGKILL");
  expect((await running.ended(next)).status).toBe("succeeded");
});
