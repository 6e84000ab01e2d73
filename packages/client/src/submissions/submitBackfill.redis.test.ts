import { type AnyAsset, asset, type BackfillSubmission, dep, project } from "@infill/core";
import {
  daily,
  identityMapping,
  multi,
  staticPartitions,
  subsetFromKeys,
  subsetKeys,
} from "@infill/partitions";
import {
  openLedger,
  openStateStore,
  type RegisteredAsset,
  readLedgerCounters,
  readSelected,
  registerAsset,
  reserveSubmission,
  type StateStore,
  textDigest,
} from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import type { InfillClient } from "../infillClient.ts";
import { connect } from "../connect.ts";
import { settle } from "../shared/settle.testing.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
const materialize = () => {};
const days = daily({ start: "2024-01-01" });
const raw = asset({ name: "raw", partitions: days, materialize });
const clean = asset({ name: "clean", partitions: days, deps: [raw], materialize });
const regional = asset({
  name: "regional",
  partitions: multi({ date: days, region: staticPartitions(["us", "eu"]) }),
  deps: [clean],
  materialize,
});
let store: StateStore;
let nowMs = Date.UTC(2024, 0, 11, 12);
let namespace = "";
const opened: InfillClient[] = [];

beforeEach(async () => {
  nowMs = Date.UTC(2024, 0, 11, 12);
  namespace = `${prefix}-${testPrefix()}`;
  store = await openStateStore(url, namespace, "test");
});
afterEach(async () => {
  for (const client of opened.splice(0)) await client.close();
  await store.close();
});
afterAll(() => cleanPrefix(url, prefix));

async function open(assets: AnyAsset[] = [raw, clean, regional]): Promise<InfillClient> {
  const client = await connect(project({ namespace, assets }), { redisUrl: url, now: () => nowMs });
  opened.push(client);
  return client;
}

async function registered(of: AnyAsset): Promise<RegisteredAsset> {
  return registerAsset(store, of);
}

/** The keys that a backfill's ledger selects of an asset. */
async function selected(of: AnyAsset, id: string | undefined): Promise<string[]> {
  const { ordinals } = await registered(of);
  const subset = ordinals.subsetOf(await readSelected(store, of.name, id ?? ""));
  return [...subsetKeys(subset, { nowMs })];
}

const request = { assets: "raw", partitions: "[2024-01-01...2024-01-04]" };
const keys = ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"];

test("equal plans have equal hashes, whoever submits them and why", async () => {
  const client = await open();
  const hashOf = async (of: BackfillSubmission): Promise<string> =>
    (await client.backfills.preview(of)).planHash;
  const hash = await hashOf(request);
  expect(hash).toMatch(/^plan_[0-9a-f]{32}$/);
  expect(await hashOf({ ...request, actor: "me", reason: "why", label: "spring" })).toBe(hash);
  expect(await hashOf({ ...request, order: "newest" })).not.toBe(hash);
  expect(await hashOf({ ...request, partitions: "[2024-01-01...2024-01-05]" })).not.toBe(hash);
});

test("a previewed plan runs without what has run since and without what exists only since", async () => {
  const client = await open();
  const everything = { assets: "raw" };
  const { planHash, toRun } = await client.backfills.preview(everything);
  expect(toRun).toBe(10);
  nowMs += 86_400_000;
  await settle(store, await registered(raw), keys.slice(0, 2), { nowMs });
  const { id, preview } = await client.backfills.create({ ...everything, planHash });
  expect(preview.toRun).toBe(8);
  expect(await selected(raw, id)).toEqual([
    "2024-01-03",
    "2024-01-04",
    "2024-01-05",
    "2024-01-06",
    "2024-01-07",
    "2024-01-08",
    "2024-01-09",
    "2024-01-10",
  ]);
});

test("a plan that would run more is refused with the difference by asset, and nothing is written", async () => {
  const client = await open();
  const up = await registered(raw);
  await settle(store, up, keys, { nowMs });
  const { planHash, toRun } = await client.backfills.preview({ ...request, assets: "raw+1" });
  expect(toRun).toBe(4);
  await settle(store, up, keys.slice(1, 3), { nowMs, outcome: "failed" });
  await expect(
    client.backfills.create({ ...request, assets: "raw+1", planHash }),
  ).rejects.toMatchObject({
    code: "INFILL_PLAN_CHANGED",
    changes: [
      { asset: "raw", change: "more", partitions: 2, firstKeys: ["2024-01-02", "2024-01-03"] },
    ],
    message: expect.stringContaining(
      '"raw" would run 2 partitions more: "2024-01-02", "2024-01-03"',
    ),
  });
  expect(await client.backfills.list()).toEqual({ items: [] });
});

test("a plan is refused if a mapping changed, for another request, and without a preview", async () => {
  const client = await open();
  const { planHash } = await client.backfills.preview({ ...request, assets: "raw+1" });
  const mapped = asset({
    name: "clean",
    partitions: days,
    deps: [dep(raw, { mapping: identityMapping() })],
    materialize,
  });
  const other = await open([raw, mapped, regional]);
  await expect(
    other.backfills.create({ ...request, assets: "raw+1", planHash }),
  ).rejects.toMatchObject({
    code: "INFILL_PLAN_CHANGED",
    changes: [{ asset: "clean", change: "definition" }],
  });
  await expect(client.backfills.create({ ...request, planHash })).rejects.toMatchObject({
    code: "INFILL_PLAN_CHANGED",
    message: expect.stringContaining("another request"),
  });
  for (const unknown of ["plan_0123456789abcdef0123456789abcdef", "x", "plan_\n"])
    await expect(client.backfills.create({ ...request, planHash: unknown })).rejects.toMatchObject({
      code: "INFILL_PLAN_UNKNOWN",
    });
});

test("a plan too scattered to keep is known by its digest: an equal plan runs, any other is refused", async () => {
  const minutes = asset({
    name: "minutes",
    partitions: multi({
      date: daily({ start: "1900-01-01", end: "2000-01-01" }),
      shop: staticPartitions(Array.from({ length: 80 }, (_, index) => `s${index}`)),
    }),
    materialize,
  });
  const client = await open([minutes]);
  // Half of the bits of both tiles, at different places in each lane, so that no two are equal.
  const bits = Buffer.alloc(4_096);
  for (let chunk = 0; chunk < 72; chunk++) {
    for (let at = 0; at < bits.length; at++)
      bits[at] = Math.imul(at + chunk * 4_099, 2_654_435_761) >>> 24;
    for (const tile of ["0", "1"])
      await store.redis.set(store.keys.plane("minutes", tile, "materialized", chunk), bits);
  }
  const { planHash } = await client.backfills.preview({ assets: "minutes" });
  const kept = JSON.parse((await store.redis.get(store.keys.plan(planHash))) ?? "");
  expect(Object.keys(kept.assets[0])).not.toContain("encoded");
  expect(JSON.stringify(kept).length).toBeLessThan(1_000);
  await store.redis.setbit(store.keys.plane("minutes", "0", "materialized", 0), 0, 1);
  await expect(client.backfills.create({ assets: "minutes", planHash })).rejects.toMatchObject({
    code: "INFILL_PLAN_CHANGED",
    changes: [{ change: "different" }],
  });
  await store.redis.setbit(store.keys.plane("minutes", "0", "materialized", 0), 0, 0);
  expect((await client.backfills.create({ assets: "minutes", planHash })).id).toBeDefined();
});

test("P1: equal submissions with one key create one backfill, in sequence and concurrently", async () => {
  const clients = await Promise.all(Array.from({ length: 6 }, () => open()));
  const submission = { assets: "raw+", partitions: request.partitions, idempotencyKey: "order 66" };
  const answers = await Promise.all(clients.map((client) => client.backfills.create(submission)));
  const [first] = answers;
  expect(new Set(answers.map(({ id }) => id))).toEqual(new Set([first?.id]));
  nowMs += 3_600_000;
  await settle(store, await registered(raw), keys.slice(0, 1), { nowMs });
  const again = await clients[0]?.backfills.create(submission);
  expect(again?.id).toBe(first?.id);
  expect(again?.preview.toRun).toBe(first?.preview.toRun);
  const { items } = (await clients[0]?.backfills.list()) ?? { items: [] };
  expect(items.map(({ id }) => id)).toEqual([first?.id]);
  expect(items[0]).toMatchObject({ counts: { selected: 4 + 4 + 8 } });
});

test("concurrent submissions of one client, over assets that are not registered yet, all create their backfills", async () => {
  const client = await open();
  const submissions = Array.from({ length: 12 }, async (_, index) => {
    // Each one begins in the middle of the one before.
    for (let turn = 0; turn < index; turn++) await store.redis.ping();
    return client.backfills.create({ ...request, assets: "raw+", reprocess: "all" });
  });
  const ids = (await Promise.all(submissions)).map(({ id }) => id);
  expect(new Set(ids).size).toBe(12);
  for (const id of ids)
    expect((await client.backfills.get(id ?? "")).counts).toMatchObject({ selected: 4 + 4 + 8 });
});

test("a key belongs to its request: another request is refused and writes nothing", async () => {
  const client = await open();
  const { id } = await client.backfills.create({ ...request, idempotencyKey: "k" });
  await expect(
    client.backfills.create({ ...request, assets: "clean", idempotencyKey: "k" }),
  ).rejects.toMatchObject({ code: "INFILL_IDEMPOTENCY_CONFLICT", backfillId: id });
  const { items } = await client.backfills.list();
  expect(items).toHaveLength(1);
  expect(await store.redis.pttl(store.keys.submission(textDigest("k")))).toBeGreaterThan(
    86_000_000,
  );
});

test("a key stored by an earlier version, whose requests had no propagate, belongs to the equal request", async () => {
  const client = await open();
  const submission = { assets: "raw", partitions: request.partitions } as const;
  const { id } = await client.backfills.create({ ...submission, idempotencyKey: "probe" });
  const { propagate: _, ...earlier } = (await client.backfills.get(id ?? "")).request;
  expect(earlier).not.toHaveProperty("propagate");
  await reserveSubmission(store, "old", JSON.stringify(earlier), {
    backfillId: "bf_01HKX0000000000000000000YY",
    plannedMs: nowMs,
    assets: ["raw"],
  });
  expect((await client.backfills.create({ ...submission, idempotencyKey: "old" })).id).toBe(
    "bf_01HKX0000000000000000000YY",
  );
  await expect(
    client.backfills.create({ ...submission, propagate: false, idempotencyKey: "old" }),
  ).rejects.toMatchObject({ code: "INFILL_IDEMPOTENCY_CONFLICT" });
});

test("ledgers of an interrupted submission stay, and the plan of everything downstream follows from them", async () => {
  const [up, down] = [await registered(raw), await registered(clean)];
  await settle(store, down, keys, { nowMs });
  await settle(store, up, keys, { nowMs });
  const submission = {
    assets: "raw,clean",
    partitions: request.partitions,
    reprocess: "all",
  } as const;
  // The first submitter reserved the key and wrote the first ledger, with two partitions, before it
  // died.
  const client = await open();
  const probe = await client.backfills.create({ ...submission, idempotencyKey: "probe" });
  const { propagate: _, ...stored } = (await client.backfills.get(probe.id ?? "")).request;
  const text = JSON.stringify(stored);
  const id = "bf_01HKX0000000000000000000ZZ";
  await reserveSubmission(store, "k", text, {
    backfillId: id,
    plannedMs: nowMs,
    assets: ["raw", "clean"],
  });
  const two = subsetFromKeys(days, keys.slice(0, 2), { nowMs });
  expect(await openLedger(store, up, id, two)).toBe("opened");
  expect(await openLedger(store, up, id, subsetFromKeys(days, keys, { nowMs }))).toBe("stands");

  const { id: completed, preview } = await client.backfills.create({
    ...submission,
    idempotencyKey: "k",
  });
  expect(completed).toBe(id);
  expect(await selected(raw, id)).toEqual(keys.slice(0, 2));
  expect(await selected(clean, id)).toEqual(keys);
  expect(preview.assets.map(({ toRun }) => toRun)).toEqual([2, 4]);
  expect((await readLedgerCounters(store, "raw", id))?.selected).toBe(2);
});

test("a preview shows what other active backfills will run, and the statuses of the selected partitions", async () => {
  const client = await open();
  await settle(store, await registered(raw), ["2024-01-01"], { nowMs });
  await settle(store, await registered(raw), ["2024-01-02"], { nowMs, outcome: "failed" });
  const first = await client.backfills.create({
    assets: "raw",
    partitions: "[2024-01-02...2024-01-05]",
  });
  const second = await client.backfills.create({
    assets: "raw",
    partitions: "[2024-01-05...2024-01-06]",
  });
  const canceled = await client.backfills.create({ assets: "raw", partitions: "2024-01-07" });
  await client.backfills.cancel(canceled.id ?? "");
  const { assets } = await client.backfills.preview({ assets: "raw" });
  expect(assets[0]?.statuses).toEqual({
    total: 10,
    missing: 8,
    inProgress: 0,
    materialized: 1,
    failed: 1,
  });
  expect(assets[0]?.shared?.partitions).toBe(5);
  expect(assets[0]?.shared?.backfills).toHaveLength(2);
  expect(assets[0]?.shared?.backfills).toEqual(
    expect.arrayContaining([
      { id: first.id, partitions: 4 },
      { id: second.id, partitions: 2 },
    ]),
  );
  const { assets: disjoint } = await client.backfills.preview({
    assets: "raw",
    partitions: "[2024-01-08...]",
  });
  expect(disjoint[0]?.shared).toBeUndefined();
});
