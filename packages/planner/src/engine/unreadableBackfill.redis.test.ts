import { runDoctor } from "@infill/doctor";
import { asset, newBackfillId, type Project, project } from "@infill/core";
import { daily, encodeIntegers, integersFromRuns } from "@infill/partitions";
import { openStateStore, registerAsset, reservePartitions, type StateStore } from "@infill/state";
import { cleanPrefix, eventually, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { connect, type InfillClient } from "@infill/client";
import type { RunningPlanner } from "./plannerOptions.ts";
import { startPlanner } from "./startPlanner.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
afterAll(() => cleanPrefix(url, prefix));

const days = asset({
  name: "days",
  partitions: daily({ start: "2024-01-01", end: "2024-01-11" }),
  materialize: () => {},
});
let nextNamespace = 1;
let inside: Project;
let store: StateStore;
let client: InfillClient;
let planner: RunningPlanner | undefined;
let lines: string[];

beforeEach(async () => {
  inside = project({ namespace: `${prefix}-${nextNamespace++}`, assets: [days] });
  store = await openStateStore(url, inside.namespace, "test");
  client = await connect(inside, { redisUrl: url });
  lines = [];
});
afterEach(async () => {
  await planner?.close();
  planner = undefined;
  await client.close();
  await store.close();
});

async function create(): Promise<string> {
  const { id } = await client.backfills.create({ assets: "days", reprocess: "all" });
  if (id === undefined) throw new Error("nothing to run");
  return id;
}

async function start(): Promise<void> {
  const note = (message: string, facts?: object) => {
    lines.push(`${message} ${JSON.stringify(facts)}`);
  };
  const log = { debug: () => {}, info: () => {}, warn: note, error: note };
  planner = await startPlanner({ project: inside, redisUrl: url, log, tickMs: 20 });
}

async function isPlanned(id: string): Promise<void> {
  await eventually(async () => (await client.backfills.get(id)).counts.queued > 0, {
    what: `jobs of ${id}`,
  });
}

function linesAbout(id: string): string[] {
  return lines.filter((line) => line.includes(id));
}

async function keysOf(id: string): Promise<string[]> {
  return (await store.redis.keys(`${inside.namespace}:*`)).filter((key) => key.includes(id));
}

/** The damage of each case to the hash of a backfill. */
const damages: readonly (readonly [
  name: string,
  field: string,
  damage: (key: string) => Promise<unknown>,
])[] = [
  ...(
    [
      ["header", "{"],
      ["header", '{"version":2}'],
      ["settings", "{"],
      ["settings", '{"version":1,"settings":{"weight":"heavy"}}'],
      ["progress", "[]"],
      ["versions", '{"version":1,"assets":["days"]}'],
      ["pause", '"until Monday"'],
      ["status", "going"],
      ["revision", "one"],
      ["created", "yesterday"],
      ["finished", "-"],
      ["logged", "many"],
      ["summaries", "1e9"],
    ] as const
  ).map(
    ([field, text]) =>
      [`${field} ${text}`, field, (key: string) => store.redis.hset(key, field, text)] as const,
  ),
  ...(
    [
      ["a plan beyond all time", "header", "plannedMs", 1e300],
      ["a plan thousands of years ahead", "header", "plannedMs", 8e15],
      ["no asset", "header", "assets", []],
      ["an asset's name of a megabyte", "header", "assets", ["a".repeat(1_000_000)]],
      [
        "hundreds of thousands of assets",
        "header",
        "assets",
        Array.from({ length: 200_000 }, () => "days"),
      ],
      ["an endless pause", "pause", "untilMs", 1e300],
      ["failures beyond counting", "progress", "failuresBefore", 1e300],
    ] as const
  ).map(
    ([name, field, property, value]) =>
      [
        name,
        field,
        async (key: string) => {
          const empty = { pause: { mode: "drain", reason: "", cause: "person" } };
          const text = (await store.redis.hget(key, field)) ?? JSON.stringify(empty.pause);
          await store.redis.hset(
            key,
            field,
            JSON.stringify({ ...JSON.parse(text), [property]: value }),
          );
        },
      ] as const,
  ),
  ["no header", "header", (key) => store.redis.hdel(key, "header")],
  ["no status", "status", (key) => store.redis.hdel(key, "status")],
  [
    "a hash of another type",
    "header",
    async (key) => {
      await store.redis.del(key);
      await store.redis.rpush(key, "x");
    },
  ],
];

test.each(damages)(
  "an active backfill with %s stops no other, and is deleted by force",
  async (_, field, damage) => {
    const bad = await create();
    await reservePartitions(store, "days", bad, 10, [{ lane: "", ordinals: [19_723, 19_724] }]);
    await damage(store.keys.backfill(bad));
    const good = await create();
    await start();
    await isPlanned(good);
    const { items } = await client.backfills.list();
    expect(items).toEqual([
      expect.objectContaining({ id: good, status: "running" }),
      { id: bad, status: "unreadable", field, problem: expect.stringContaining(field) },
    ]);
    const problem = { code: "INFILL_BACKFILL_UNREADABLE", backfillId: bad, field };
    await expect(client.backfills.get(bad)).rejects.toMatchObject(problem);
    await expect(client.backfills.cancel(bad)).rejects.toMatchObject(problem);
    await expect(client.backfills.delete(bad)).rejects.toMatchObject(problem);
    expect((await runDoctor(client.connection, { patienceMs: 0 })).findings).toContainEqual(
      expect.objectContaining({ backfillId: bad, repair: "possible" }),
    );
    await client.backfills.delete(bad, { force: true });
    expect(await keysOf(bad)).toEqual([]);
    await expect(client.backfills.get(bad)).rejects.toMatchObject({
      code: "INFILL_BACKFILL_UNKNOWN",
    });
    await isPlanned(await create());
    expect(linesAbout(bad).length).toBeLessThanOrEqual(1);
  },
);

test.each(damages.filter(([name]) => name !== "a hash of another type"))(
  "the doctor sets a backfill with %s aside, and a second check is clean",
  async (_, field, damage) => {
    const bad = await create();
    await damage(store.keys.backfill(bad));
    const fixed = await runDoctor(client.connection, { fix: true, patienceMs: 0 });
    expect(fixed.findings).toMatchObject([
      { check: "header_broken", backfillId: bad, repair: "repaired" },
    ]);
    const second = await runDoctor(client.connection, { patienceMs: 0 });
    expect(second.findings).toEqual([]);
    expect(second.notes).toEqual([expect.stringContaining(`delete ${bad} --force`)]);
    expect(await client.backfills.list()).toEqual({ items: [] });
    await expect(client.backfills.get(bad)).rejects.toMatchObject({
      code: "INFILL_BACKFILL_UNREADABLE",
      field,
      setAsideMs: expect.any(Number),
    });
    await client.backfills.delete(bad, { force: true });
    expect(await keysOf(bad)).toEqual([]);
    expect((await runDoctor(client.connection, { patienceMs: 0 })).notes).toEqual([]);
  },
);

test("unknown ids in the active set stop no planner", async () => {
  const { redis, keys } = store;
  await redis.sadd(keys.activeBackfills, newBackfillId(Date.now()), "junk", "");
  await redis.zadd(keys.backfillIndex, 1, "bf_neither");
  const good = await create();
  await start();
  await isPlanned(good);
  expect((await client.backfills.list()).items.map(({ id }) => id)).toEqual([good]);
  await runDoctor(client.connection, { fix: true, patienceMs: 0 });
  expect(await redis.smembers(keys.activeBackfills)).toEqual([good]);
});

test("forged entries of streams and deliveries are skipped and logged, and planning continues", async () => {
  const { redis, keys } = store;
  const good = await create();
  await start();
  await isPlanned(good);
  const add = (key: string, ...fields: readonly string[]) => redis.xadd(key, "*", ...fields);
  for (const text of [`${good}  s 1e300;`, `${good}  k 99999999999999999999;`, "x y z", "\u0000"])
    await add(keys.settlements("days"), "n", "9007199254740993e9", "s", text);
  const [newest] = await redis.xrevrange(keys.settlements("days"), "+", "-", "COUNT", 1);
  expect(newest).toBeDefined();
  await add(keys.settlements("days"), "n", "1", "s", `${good}  s 1e300;`);
  await add(keys.backfillEvents, "b", "b".repeat(100_000), "s", "running");
  const delivery = `${good}-7`;
  const facts = { summary: "{", finished: "1", left: "1", [`attempts ${delivery}`]: "9" };
  await redis.hset(keys.summary(good, 7), facts);
  await redis.zadd(keys.deliveries, 1, delivery);
  await eventually(() => linesAbout("skipped an unreadable entry").length > 0);
  await eventually(async () => (await client.deliveries.list())[0]?.status === "parked");
  const told = lines.filter((line) => line.startsWith("skipped an unreadable entry of a stream"));
  expect(told).toHaveLength(1);
  expect(linesAbout(delivery)).toHaveLength(1);
  await isPlanned(await create());
  await client.backfills.cancel(good);
  await eventually(async () => (await client.backfills.get(good)).status === "canceled");
});

test("a planner stops planning a backfill that becomes unreadable, and logs it once", async () => {
  const bad = await create();
  const good = await create();
  await start();
  await isPlanned(bad);
  await isPlanned(good);
  await store.redis.hset(store.keys.backfill(bad), "progress", "{");
  await eventually(() => linesAbout(bad).length > 0, { what: "a line about it" });
  await eventually(async () => (await store.redis.exists(store.keys.backfillLease(bad))) === 0);
  await isPlanned(await create());
  const told = linesAbout(bad).filter((line) => line.startsWith("a backfill is unreadable"));
  expect(told).toHaveLength(1);
  // Once it is readable, it is planned again.
  await store.redis.hdel(store.keys.backfill(bad), "progress");
  await eventually(async () => (await store.redis.exists(store.keys.backfillLease(bad))) === 1);
});

test("a damaged ledger or selection of one backfill stops neither previews nor planning of others", async () => {
  const { redis, keys } = store;
  const one = await create();
  const other = await create();
  await redis.hset(keys.selected("days", one), "0", "no row");
  await redis.hset(keys.ledger("days", one), "control", "dance", "succeeded", "x");
  await redis.del(keys.ledger("days", other));
  await redis.set(keys.ledger("days", other), "x");
  const good = await create();
  await start();
  await isPlanned(good);
  const { items } = await client.backfills.list();
  expect(items.map(({ id, status }) => [id, status])).toEqual([
    [good, "running"],
    [other, "unreadable"],
    [one, "running"],
  ]);
});

test("an unreadable ended backfill is deleted by force, and one that has not ended too, with its running claims", async () => {
  const bad = await create();
  await registerAsset(store, days);
  await store.redis.hset(store.keys.backfill(bad), "status", "succeeded", "header", "{");
  await store.redis.srem(store.keys.activeBackfills, bad);
  await expect(client.backfills.delete(bad)).rejects.toMatchObject({
    code: "INFILL_BACKFILL_UNREADABLE",
  });
  await client.backfills.delete(bad, { force: true });
  expect(await keysOf(bad)).toEqual([]);
  expect((await runDoctor(client.connection, { patienceMs: 0 })).findings).toEqual([]);
  const active = await create();
  await expect(client.backfills.delete(active, { force: true })).rejects.toMatchObject({
    code: "INFILL_BACKFILL_ACTIVE",
  });
});

test("a selection far beyond its asset is refused as unreadable, and other backfills continue", async () => {
  const bad = await create();
  const head = Buffer.from([0, 0, 0, 0]);
  const all = Buffer.from(encodeIntegers(integersFromRuns([[-1_000_000_000, 1_000_000_000]])));
  await store.redis.hset(store.keys.selected("days", bad), "0", Buffer.concat([head, all]));
  const good = await create();
  await start();
  await isPlanned(good);
  await eventually(() => linesAbout(bad).some((line) => line.includes("unreadable")), {
    what: "word of the selection",
  });
});
