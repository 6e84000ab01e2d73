import { expect, test } from "vitest";
import { type Release, releasePartitions } from "../index.ts";
import { openTableScene } from "../store/tableScene.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();

interface ReleaseRow {
  readonly how: Release["how"];
  /** Of partition 0, which session s1 runs for bf_A under claim 7. */
  readonly entry: string;
  /** The entry after the call; undefined if there is none. */
  readonly left: string | undefined;
  readonly isQueued: boolean;
  readonly areWaitersTold: boolean;
  readonly told: string;
}

const rows: readonly ReleaseRow[] = [
  {
    ...{ how: "retry", entry: "R s1 7 2 0 now bf_A", left: "W s1 7 2 0 now bf_A" },
    ...{ isQueued: true, areWaitersTold: false, told: "bf_A  w 0;" },
  },
  {
    ...{ how: "give_back", entry: "R s1 7 2 0 now bf_A", left: "W s1 7 2 0.0.1 now bf_A" },
    ...{ isQueued: true, areWaitersTold: true, told: "bf_A  r 0;bf_B  r 0;" },
  },
  {
    ...{ how: "give_back", entry: "R s1 7 2 1.2.3 now bf_A", left: "W s1 7 2 1.2.4 now bf_A" },
    ...{ isQueued: true, areWaitersTold: true, told: "bf_A  r 0;bf_B  r 0;" },
  },
  {
    ...{ how: "give_back", entry: "R s1 7 2 1 0 bf_A", left: "W s1 7 1 1 0 bf_A" },
    ...{ isQueued: true, areWaitersTold: true, told: "bf_A  r 0;bf_B  r 0;" },
  },
  {
    ...{ how: "unstarted", entry: "R s1 7 2 0 now bf_A", left: "W s1 7 1 0 now bf_A" },
    ...{ isQueued: true, areWaitersTold: true, told: "bf_A  r 0;bf_B  r 0;" },
  },
  {
    ...{ how: "stop", entry: "R s1 7 2 0 now bf_A", left: "W s1 7 2 0.0.1 now bf_A" },
    ...{ isQueued: false, areWaitersTold: true, told: "bf_A  r 0;bf_B  r 0;" },
  },
  {
    ...{ how: "cancel", entry: "R s1 7 2 0 now bf_A", left: undefined },
    ...{ isQueued: false, areWaitersTold: true, told: "bf_A  r 0;bf_B  r 0;" },
  },
];

test.each(rows)("release_partitions: $how of $entry leaves $left", async (row) => {
  const waiting = { queued: [0], counts: "1 queued, 0 in progress, 0 succeeded, 0 failed" };
  const scene = await openTableScene(store, {
    claims: { 0: row.entry },
    waiters: { 0: "bf_B" },
    inProgress: [0, 1],
    ledgers: { bf_A: { queued: [0, 1] }, bf_B: waiting },
  });
  const release = { backfillId: "bf_A", lane: "", ordinal: 0, claimNumber: 7, how: row.how };
  const name = scene.registered.asset.name;
  expect(await releasePartitions(store, name, "s1", [release])).toEqual(["released"]);
  expect(await scene.readState()).toEqual({
    ...(row.left === undefined ? {} : { claims: { 0: row.left } }),
    ...(row.areWaitersTold ? {} : { waiters: { 0: "bf_B" } }),
    inProgress: [1],
    ledgers: {
      bf_A: {
        queued: row.isQueued ? [0, 1] : [1],
        counts: `${row.isQueued ? 2 : 1} queued, 0 in progress, 0 succeeded, 0 failed`,
      },
      bf_B: waiting,
    },
    told: [row.told],
  });
});

test.each([
  ["another claim of the session", "R s1 8 1 0 now bf_A"],
  ["a claim of another session", "R s2 7 1 0 now bf_A"],
  ["a claim whose number begins with this one", "R s1 70 1 0 now bf_A"],
  ["a claim that lapsed", "L s1 7 1 1 now bf_A"],
])("release_partitions: leaves %s alone", async (_, entry) => {
  const before = {
    claims: { 0: entry },
    waiters: { 0: "bf_B" },
    inProgress: [0],
    ledgers: { bf_A: { queued: [0] }, bf_B: { queued: [0] } },
  };
  const scene = await openTableScene(store, before);
  const known = await scene.readState();
  const release = { backfillId: "bf_A", lane: "", ordinal: 0, claimNumber: 7 };
  for (const how of ["retry", "give_back", "unstarted", "stop", "cancel"] as const) {
    const calls = [{ ...release, how }];
    expect(await releasePartitions(store, scene.registered.asset.name, "s1", calls)).toEqual([
      "refused",
    ]);
    expect(await scene.readState()).toEqual(known);
  }
});
