import { integersFromSorted } from "@infill/partitions";
import { expect, test } from "vitest";
import { settleUnstarted, type Unstartable } from "../index.ts";
import { openTableScene, type StateRow } from "../store/tableScene.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();

const skip: Unstartable = { outcome: "skipped", asset: "up", lane: "", ordinal: 9 };
const gone: Unstartable = { outcome: "failed", reason: "PARTITION_GONE" };
/** Partition 3 runs for bf_A, partition 4 for another backfill. */
const before: StateRow = {
  claims: { 3: "R s1 7 1 0 now bf_A", 4: "R s2 8 1 0 now bf_B" },
  inProgress: [3, 4],
  ledgers: { bf_A: { queued: [2, 3], settled: [0, 1], failed: [1], skipped: [0] } },
};
const lanesOf = (ordinals: readonly number[]) => ({
  lane: "",
  ordinals: integersFromSorted(ordinals),
});
const all = [0, 1, 2, 3, 4, 5, 6, 7];

test.each([
  {
    ...{ why: skip, wanted: all, settled: 4, told: ["bf_A  k 0;"] },
    ledger: {
      ...{ queued: [2, 3], settled: [0, 1, 4, 5, 6, 7], failed: [1], skipped: [0, 4, 5, 6, 7] },
      counts: "2 queued, 1 in progress, 0 succeeded, 1 failed, 5 skipped",
    },
  },
  {
    ...{ why: gone, wanted: all, settled: 4, told: ["bf_A  c 0;"] },
    ledger: {
      ...{ queued: [3], settled: [0, 1, 2, 5, 6, 7], failed: [1, 2, 5, 6, 7], skipped: [0] },
      counts: "1 queued, 1 in progress, 0 succeeded, 5 failed, 1 skipped",
    },
  },
  {
    ...{ why: gone, wanted: [6], settled: 1, told: ["bf_A  c 0;"] },
    ledger: {
      ...{ queued: [2, 3], settled: [0, 1, 6], failed: [1, 6], skipped: [0] },
      counts: "2 queued, 1 in progress, 0 succeeded, 2 failed, 1 skipped",
    },
  },
  {
    ...{ why: skip, wanted: [0, 1, 2, 3], settled: 0, told: [] },
    ledger: {
      ...{ queued: [2, 3], settled: [0, 1], failed: [1], skipped: [0] },
      counts: "2 queued, 1 in progress, 0 succeeded, 1 failed, 1 skipped",
    },
  },
])("settle_unstarted: of $wanted, $settled end as $why.outcome", async (row) => {
  const scene = await openTableScene(store, before);
  const name = scene.registered.asset.name;
  expect(await settleUnstarted(store, name, "bf_A", lanesOf(row.wanted), row.why)).toBe(
    row.settled,
  );
  expect(await scene.readState()).toEqual({
    ...before,
    ledgers: { bf_A: row.ledger },
    told: row.told,
  });
  const culprits = await store.redis.lrange(store.keys.culprits(name, "bf_A"), 0, -1);
  expect(culprits.map((text) => JSON.parse(text) as unknown)).toEqual(
    row.settled === 0 ? [] : [{ ...row.why, dooms: { lane: "", chunk: 0 } }],
  );
});

test.each([
  { stands: undefined, known: undefined, answer: 1 },
  { stands: undefined, known: 0, answer: 1 },
  { stands: 2, known: 2, answer: 1 },
  { stands: 2, known: undefined, answer: 1 },
  { stands: undefined, known: 1, answer: "outdated" },
  { stands: 2, known: 1, answer: "outdated" },
  { stands: 2, known: 0, answer: "outdated" },
])(
  "settle_unstarted: a ledger reopened $stands times answers $answer to a caller that read $known",
  async ({ stands, known, answer }) => {
    const scene = await openTableScene(store, { ledgers: { bf_A: {} } });
    const name = scene.registered.asset.name;
    if (stands !== undefined)
      await store.redis.hset(store.keys.ledger(name, "bf_A"), "reopened", stands);
    expect(await settleUnstarted(store, name, "bf_A", lanesOf([5]), skip, known)).toBe(answer);
    expect((await scene.readState()).ledgers["bf_A"]?.settled).toEqual(
      answer === 1 ? [5] : undefined,
    );
  },
);

test("settle_unstarted: a sealed ledger has nothing left to settle", async () => {
  const scene = await openTableScene(store, { ledgers: { bf_A: {} } });
  const name = scene.registered.asset.name;
  await store.redis.hset(store.keys.ledger(name, "bf_A"), "sealed", "any");
  const known = await scene.readState();
  expect(await settleUnstarted(store, name, "bf_A", lanesOf([5]), gone)).toBe(0);
  expect(await scene.readState()).toEqual(known);
});

test("settle_unstarted: keeps the newest 10,000 culprits", async () => {
  const scene = await openTableScene(store, { ledgers: { bf_A: {} } });
  const name = scene.registered.asset.name;
  const culprits = store.keys.culprits(name, "bf_A");
  await store.redis.rpush(culprits, "oldest", ...Array.from({ length: 9_999 }, () => "old"));
  await settleUnstarted(store, name, "bf_A", lanesOf([5]), gone);
  expect(await store.redis.llen(culprits)).toBe(10_000);
  expect(await store.redis.lindex(culprits, 0)).toBe("old");
  expect(await store.redis.lindex(culprits, -1)).toContain("PARTITION_GONE");
});
