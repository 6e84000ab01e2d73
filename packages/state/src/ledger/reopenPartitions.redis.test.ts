import { integersFromSorted } from "@infill/partitions";
import { expect, test } from "vitest";
import { refuseEarlierSkips, reopenPartitions, sealLedger } from "../index.ts";
import { type LedgerRow, openTableScene } from "../store/tableScene.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();

const before = {
  queued: [6],
  settled: [0, 1, 2, 3, 4, 5],
  failed: [1],
  skipped: [2],
  canceled: [3, 4],
  dropped: [4],
};
const lanesOf = (ordinals: readonly number[]) => [
  { lane: "", ordinals: integersFromSorted(ordinals) },
];

interface ReopenRow {
  readonly outcome: "failed" | "skipped" | "canceled";
  readonly wanted: readonly number[];
  readonly reopened: number;
  readonly after: { readonly [K in keyof LedgerRow]: LedgerRow[K] | undefined };
  readonly counts: string;
}

const rows: readonly ReopenRow[] = [
  {
    ...{ outcome: "failed", wanted: [1], reopened: 1 },
    after: { ...before, settled: [0, 2, 3, 4, 5], failed: undefined },
    counts: "1 queued, 0 in progress, 2 succeeded, 0 failed, 1 skipped, 2 canceled, 1 reopened",
  },
  {
    ...{ outcome: "failed", wanted: [0, 2, 3, 6, 7], reopened: 0 },
    after: before,
    counts: "1 queued, 0 in progress, 2 succeeded, 1 failed, 1 skipped, 2 canceled, 1 reopened",
  },
  {
    ...{ outcome: "skipped", wanted: [2, 3, 7], reopened: 1 },
    after: { ...before, settled: [0, 1, 3, 4, 5], skipped: undefined },
    counts: "1 queued, 0 in progress, 2 succeeded, 1 failed, 2 canceled, 1 reopened",
  },
  {
    ...{ outcome: "canceled", wanted: [2, 3], reopened: 1 },
    after: { ...before, settled: [0, 1, 2, 4, 5], canceled: [4] },
    counts: "1 queued, 0 in progress, 2 succeeded, 1 failed, 1 skipped, 1 canceled, 1 reopened",
  },
  {
    ...{ outcome: "canceled", wanted: [3, 4], reopened: 2 },
    after: { ...before, settled: [0, 1, 2, 5], canceled: undefined, dropped: undefined },
    counts: "1 queued, 0 in progress, 2 succeeded, 1 failed, 1 skipped, 1 reopened",
  },
];

test.each(rows)("reopen_partitions: takes back $reopened $outcome of $wanted", async (row) => {
  const scene = await openTableScene(store, { ledgers: { bf_A: before } });
  const name = scene.registered.asset.name;
  expect(await reopenPartitions(store, name, "bf_A", row.outcome, lanesOf(row.wanted))).toBe(
    row.reopened,
  );
  expect(await scene.readState()).toEqual({
    ledgers: { bf_A: { ...row.after, counts: row.counts } },
    told: [],
  });
});

test("reopen_partitions: without a mask it counts the call and reopens nothing", async () => {
  const scene = await openTableScene(store, { ledgers: { bf_A: before } });
  await refuseEarlierSkips(store, scene.registered.asset.name, "bf_A");
  expect((await scene.readState()).ledgers["bf_A"]).toEqual({
    ...before,
    counts: "1 queued, 0 in progress, 2 succeeded, 1 failed, 1 skipped, 2 canceled, 1 reopened",
  });
});

test("reopen_partitions: without a mask a sealed ledger stays sealed, and with one it must be unsealed first", async () => {
  const settled = [0, 1, 2, 3, 4, 5, 6, 7];
  const scene = await openTableScene(store, { ledgers: { bf_A: { settled, failed: [1] } } });
  const name = scene.registered.asset.name;
  const isSealed = () => store.redis.hexists(store.keys.ledger(name, "bf_A"), "sealed");
  expect(await sealLedger(store, name, "bf_A")).toBe("sealed");
  await refuseEarlierSkips(store, name, "bf_A");
  expect(await isSealed()).toBe(1);
  expect(await reopenPartitions(store, name, "bf_A", "failed", lanesOf([1]))).toBe(1);
  expect(await isSealed()).toBe(0);
  expect((await scene.readState()).ledgers["bf_A"]).toEqual({
    settled: [0, 2, 3, 4, 5, 6, 7],
    counts: "0 queued, 0 in progress, 7 succeeded, 0 failed, 2 reopened",
  });
});

test("reopen_partitions: does not create a ledger", async () => {
  const scene = await openTableScene(store, { ledgers: {} });
  const name = scene.registered.asset.name;
  expect(await reopenPartitions(store, name, "bf_none", "failed", lanesOf([1]))).toBe(0);
  expect(await store.redis.exists(store.keys.ledger(name, "bf_none"))).toBe(0);
});
