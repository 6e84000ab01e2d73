import { expect, test } from "vitest";
import { forgetClaims, judgeLapse, startSuspect } from "../index.ts";
import { openTableScene } from "../store/tableScene.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();

const place = { backfillId: "bf_A", lane: "", ordinal: 0 };

/** Of partition 0; undefined if it has no entry. */
async function sceneOf(entry: string | undefined) {
  const scene = await openTableScene(store, {
    claims: entry === undefined ? {} : { 0: entry },
    ledgers: { bf_A: { queued: [0] } },
  });
  return {
    name: scene.registered.asset.name,
    entryNow: async () => (await scene.readState()).claims?.[0],
  };
}

/** Entries that are not claim 7 of session s1. */
const foreign = [
  undefined,
  "R s1 70 2 1 0 bf_A",
  "R s1 8 2 1 0 bf_A",
  "R s2 7 2 1 0 bf_A",
  "W s1 7 2 1 0 bf_A",
  "L s1 7 2 1 0 bf_A",
];

test.each([
  { entry: "R s1 7 2 1 0 bf_A", after: "R s1 7 2 1 now bf_A" },
  { entry: "R s1 7 3 2.1.4 0 bf_A", after: "R s1 7 3 2.1.4 now bf_A" },
  { entry: "R s1 7 2 1 now bf_A", after: "R s1 7 2 1 now bf_A" },
])("start_suspect: $entry starts as $after", async ({ entry, after }) => {
  const { name, entryNow } = await sceneOf(entry);
  expect(await startSuspect(store, name, "s1", { ...place, claimNumber: 7 })).toBe(true);
  expect(await entryNow()).toBe(after);
});

test.each(foreign)("start_suspect: claim 7 of s1 is refused if the entry is %s", async (entry) => {
  const { name, entryNow } = await sceneOf(entry);
  expect(await startSuspect(store, name, "s1", { ...place, claimNumber: 7 })).toBe(false);
  expect(await entryNow()).toBe(entry);
});

test.each([
  { entry: "R s1 7 2 1 0 bf_A", deaths: 1, after: "R s1 7 2 0.1.0 0 bf_A" },
  { entry: "R s1 7 3 2.1.4 0 bf_A", deaths: 2, after: "R s1 7 3 1.2.4 0 bf_A" },
  { entry: "R s1 7 3 1.2.4 0 bf_A", deaths: 2, after: "R s1 7 3 1.2.4 0 bf_A" },
  { entry: "R s1 7 3 3 0 bf_A", deaths: 2, after: "R s1 7 3 3 0 bf_A" },
])("judge_lapse: with $deaths deaths in the claim's answer, $entry becomes $after", async (row) => {
  const { name, entryNow } = await sceneOf(row.entry);
  const claim = { ...place, claimNumber: 7 };
  expect(await judgeLapse(store, name, "s1", claim, row.deaths)).toBe(true);
  expect(await entryNow()).toBe(row.after);
});

test.each(foreign)("judge_lapse: claim 7 of s1 is refused if the entry is %s", async (entry) => {
  const { name, entryNow } = await sceneOf(entry);
  expect(await judgeLapse(store, name, "s1", { ...place, claimNumber: 7 }, 1)).toBe(false);
  expect(await entryNow()).toBe(entry);
});

test("forget_claims: removes the backfill's waiting and lapsed entries, and nothing else", async () => {
  const stays = {
    0: "R s1 7 1 0 now bf_A",
    3: "W s1 9 1 0 now bf_B",
    4: "L s1 9 1 1 now bf_AA",
  };
  const scene = await openTableScene(store, {
    claims: { ...stays, 1: "W s1 8 2 0 now bf_A", 2: "L s1 6 1 1 now bf_A" },
    inProgress: [0],
    ledgers: {},
  });
  const name = scene.registered.asset.name;
  expect(await forgetClaims(store, name, "bf_A")).toBe(2);
  expect((await scene.readState()).claims).toEqual(stays);
  expect(await forgetClaims(store, name, "bf_A")).toBe(0);
});
