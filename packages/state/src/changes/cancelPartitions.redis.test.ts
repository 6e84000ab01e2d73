import { asset } from "@infill/core";
import { daily, subsetFromKeys } from "@infill/partitions";
import { expect, test } from "vitest";
import {
  cancelPartitions,
  claimPartitions,
  openLedger,
  registerAsset,
  releasePartitions,
  reservePartitions,
} from "../index.ts";
import { type LedgerRow, openTableScene, type StateRow } from "../store/tableScene.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();

interface CancelRow {
  readonly what: string;
  /** Of bf_A. */
  readonly before: LedgerRow;
  /** Claim entries by ordinal. */
  readonly claims?: Readonly<Record<number, string>>;
  readonly partitions: readonly number[];
  readonly by?: "hand" | "cancel";
  /** How many were canceled, and how many run. */
  readonly answer: readonly [canceled: number, running: number];
  readonly after: LedgerRow;
  /** The ordinals whose entries are left; default: all. */
  readonly left?: readonly number[];
}

const rows: readonly CancelRow[] = [
  {
    what: "partitions that are not in the window",
    before: { queued: [5] },
    partitions: [0, 1],
    answer: [2, 0],
    after: {
      ...{ queued: [5], settled: [0, 1], canceled: [0, 1] },
      counts: "1 queued, 0 in progress, 0 succeeded, 0 failed, 2 canceled",
    },
  },
  {
    what: "partitions that a user drops, as dropped",
    before: { settled: [6], canceled: [6], dropped: [6] },
    partitions: [0, 1],
    by: "hand",
    answer: [2, 0],
    after: {
      ...{ settled: [0, 1, 6], canceled: [0, 1, 6], dropped: [0, 1, 6] },
      counts: "0 queued, 0 in progress, 0 succeeded, 0 failed, 3 canceled",
    },
  },
  {
    what: "partitions in the window, which leave it",
    before: { queued: [0, 1, 5, 7] },
    partitions: [0, 5, 6, 7],
    answer: [4, 0],
    after: {
      ...{ queued: [1], settled: [0, 5, 6, 7], canceled: [0, 5, 6, 7] },
      counts: "1 queued, 0 in progress, 0 succeeded, 0 failed, 4 canceled",
    },
  },
  {
    what: "no partition that has settled",
    before: { settled: [0, 1, 2, 3], failed: [1], skipped: [2], canceled: [3] },
    partitions: [0, 1, 2, 3, 4],
    by: "hand",
    answer: [1, 0],
    after: {
      ...{ settled: [0, 1, 2, 3, 4], failed: [1], skipped: [2], canceled: [3, 4], dropped: [4] },
      counts: "0 queued, 0 in progress, 1 succeeded, 1 failed, 1 skipped, 2 canceled",
    },
  },
  {
    what: "no partition that the backfill runs",
    before: { queued: [0, 1] },
    claims: { 0: "R s1 7 1 0 now bf_A" },
    partitions: [0, 1],
    by: "hand",
    answer: [1, 1],
    after: {
      ...{ queued: [0], settled: [1], canceled: [1], dropped: [1] },
      counts: "1 queued, 1 in progress, 0 succeeded, 0 failed, 1 canceled",
    },
  },
  {
    what: "partitions between two attempts, and deletes their entries",
    before: { queued: [0, 1] },
    claims: { 0: "W s1 7 1 0 now bf_A", 1: "L s1 8 1 1 now bf_A", 2: "W s1 9 1 0 now bf_A" },
    partitions: [0, 1],
    answer: [2, 0],
    after: {
      ...{ settled: [0, 1], canceled: [0, 1] },
      counts: "0 queued, 0 in progress, 0 succeeded, 0 failed, 2 canceled",
    },
    left: [2],
  },
  {
    what: "partitions that another backfill runs, and leaves its entries",
    before: { queued: [0, 1] },
    claims: { 0: "R s1 7 1 0 now bf_B", 1: "W s1 8 1 0 now bf_B" },
    partitions: [0, 1],
    answer: [2, 0],
    after: {
      ...{ settled: [0, 1], canceled: [0, 1] },
      counts: "0 queued, 0 in progress, 0 succeeded, 0 failed, 2 canceled",
    },
  },
];

const titled = rows.map((row) => [row.what, row] as const);

test.each(titled)("cancel_partitions: cancels %s", async (_, row) => {
  const { before, claims = {}, partitions, by = "cancel", answer, after } = row;
  const running = Object.keys(claims).map(Number);
  const inProgress = running.filter((ordinal) => claims[ordinal]?.startsWith("R "));
  const state: StateRow = { claims, inProgress, ledgers: { bf_A: before, bf_B: {} } };
  const scene = await openTableScene(store, state);
  const [canceled, left] = answer;
  expect(await cancel(scene, partitions, by)).toEqual({ canceled, running: left });
  const kept = Object.entries(claims).filter(
    ([ordinal]) => row.left === undefined || row.left.includes(Number(ordinal)),
  );
  expect(await scene.readState()).toEqual({
    ...(kept.length === 0 ? {} : { claims: Object.fromEntries(kept) }),
    ...(inProgress.length === 0 ? {} : { inProgress }),
    ledgers: { bf_A: after, bf_B: { counts: countsOfB(claims) } },
    told: ["bf_A  c 0;"],
  });
});

function countsOfB(claims: Readonly<Record<number, string>>): string {
  const running = Object.values(claims).filter((entry) => /^R .* bf_B$/.test(entry)).length;
  return `0 queued, ${running} in progress, 0 succeeded, 0 failed`;
}

type Scene = Awaited<ReturnType<typeof openTableScene>>;

function cancel(
  { registered }: Scene,
  ordinals: readonly number[],
  by: "hand" | "cancel" = "cancel",
): ReturnType<typeof cancelPartitions> {
  const names = ordinals.map((ordinal) => `k${ordinal}`);
  const subset = subsetFromKeys(registered.asset.partitions, names, { nowMs: 0 });
  return cancelPartitions(store, registered, "bf_A", subset, by);
}

test.each([
  ["of settled partitions", { settled: [0, 1], canceled: [1] }, {}, [0, 0]],
  [
    "of running partitions",
    { queued: [0, 1] },
    { 0: "R s1 7 1 0 now bf_A", 1: "R s1 8 1 0 now bf_A" },
    [0, 2],
  ],
] as const)(
  "cancel_partitions: %s cancels nothing and tells nobody",
  async (_, ledger, claims, answer) => {
    const inProgress = Object.keys(claims).map(Number);
    const scene = await openTableScene(store, { claims, inProgress, ledgers: { bf_A: ledger } });
    const known = await scene.readState();
    const [canceled, running] = answer;
    expect(await cancel(scene, [0, 1], "hand")).toEqual({ canceled, running });
    expect(await scene.readState()).toEqual(known);
  },
);

test("cancel_partitions: of a sealed ledger nothing is canceled", async () => {
  const scene = await openTableScene(store, { ledgers: { bf_A: {} } });
  await store.redis.hset(store.keys.ledger(scene.registered.asset.name, "bf_A"), "sealed", "any");
  const known = await scene.readState();
  expect(await cancel(scene, [0, 1])).toEqual({ canceled: 0, running: 0 });
  expect(await scene.readState()).toEqual(known);
});

test("cancel_partitions: is refused while the asset changes", async () => {
  const scene = await openTableScene(store, { ledgers: { bf_A: { queued: [0] } } });
  await store.redis.hset(store.keys.meta(scene.registered.asset.name), "operation", "reset 1");
  const known = await scene.readState();
  await expect(cancel(scene, [0, 1])).rejects.toMatchObject({ code: "INFILL_ASSET_CHANGING" });
  expect(await scene.readState()).toEqual(known);
});

test("cancel_partitions: finds the claims of partitions beyond the first chunk", async () => {
  const days = ["2060-01-02", "2060-01-03", "2060-01-04"];
  const partitions = daily({ start: "2060-01-01", end: "2060-02-01" });
  const registered = await registerAsset(
    store,
    asset({ name: "far", partitions, materialize: () => {} }),
  );
  const subset = subsetFromKeys(partitions, days, { nowMs: Date.UTC(2070, 0, 1) });
  await openLedger(store, registered, "bf_A", subset);
  const [first, , last] = days.map((day) => Date.parse(day) / 86_400_000);
  if (first === undefined || last === undefined) throw new Error("unreachable");
  const ordinals = [first, first + 1, last];
  await reservePartitions(store, "far", "bf_A", 10, [{ lane: "", ordinals }]);
  const claims = [first, last].map((ordinal, at) => ({
    ...{ backfillId: "bf_A", lane: "", ordinal, claimNumber: at + 1 },
  }));
  await claimPartitions(store, registered, "s1", 3_600_000, claims);
  const waiting = { backfillId: "bf_A", lane: "", ordinal: last, claimNumber: 2 };
  await releasePartitions(store, "far", "s1", [{ ...waiting, how: "retry" }]);
  expect(await cancelPartitions(store, registered, "bf_A", subset, "cancel")).toEqual({
    canceled: 2,
    running: 1,
  });
  const { redis, keys } = store;
  expect(await redis.hkeys(keys.claims("far"))).toEqual([`:${first}`]);
  expect(await redis.hmget(keys.ledger("far", "bf_A"), "queued", "canceled")).toEqual(["1", "2"]);
  const [, fields] =
    (await redis.xrevrange(keys.settlements("far"), "+", "-", "COUNT", 1))[0] ?? [];
  expect(fields?.at(-1)).toBe("bf_A  c 1;");
});
