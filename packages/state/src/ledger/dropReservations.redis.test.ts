import { expect, test } from "vitest";
import { dropReservations, mendReservations } from "../index.ts";
import { openTableScene, type StateRow } from "../store/tableScene.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();

const claims = {
  0: "R s1 7 1 0 now bf_A",
  1: "W s1 8 2 1.0.2 now bf_A",
  2: "R s2 9 1 0 now bf_B",
  3: "L s1 6 1 1 now bf_A",
  4: "W s2 5 1 0 now bf_B",
};
const wanted = [0, 1, 2, 3, 4, 5, 6];

function sceneOf(control: string) {
  const before: StateRow = {
    claims,
    inProgress: [0, 2],
    ledgers: { bf_A: { control, queued: [0, 1, 2, 3, 4, 5, 7] } },
  };
  return openTableScene(store, before);
}

test.each([
  { control: "running", dropped: 0, queued: [0, 1, 2, 3, 4, 5, 7], left: [0, 1, 2, 3, 4] },
  { control: "paused", dropped: 5, queued: [0, 7], left: [0, 1, 2, 3, 4] },
  { control: "stopping", dropped: 5, queued: [0, 7], left: [0, 1, 2, 3, 4] },
  { control: "canceling", dropped: 5, queued: [0, 7], left: [0, 2, 4] },
])(
  "drop_reservations: a ledger with control $control drops $dropped and keeps the entries of $left",
  async (row) => {
    const scene = await sceneOf(row.control);
    const name = scene.registered.asset.name;
    const pages = [{ lane: "", ordinals: wanted }];
    expect(await dropReservations(store, name, "bf_A", pages)).toBe(row.dropped);
    expect(await scene.readState()).toEqual({
      claims: Object.fromEntries(
        Object.entries(claims).filter(([ordinal]) => row.left.includes(Number(ordinal))),
      ),
      inProgress: [0, 2],
      ledgers: {
        bf_A: {
          ...(row.control === "running" ? {} : { control: row.control }),
          queued: row.queued,
          counts: `${row.queued.length} queued, 1 in progress, 0 succeeded, 0 failed`,
        },
      },
      told: [],
    });
  },
);

test("drop_reservations: a sealed ledger has no window", async () => {
  const scene = await sceneOf("canceling");
  const name = scene.registered.asset.name;
  await store.redis.hset(store.keys.ledger(name, "bf_A"), "sealed", "any");
  const known = await scene.readState();
  const pages = [{ lane: "", ordinals: wanted }];
  expect(await dropReservations(store, name, "bf_A", pages)).toBe(0);
  expect(await scene.readState()).toEqual(known);
});

test("mend_reservations: takes partitions that nobody runs out of the window, and keeps their entries", async () => {
  const scene = await sceneOf("running");
  const name = scene.registered.asset.name;
  const before = await scene.readState();
  expect(await mendReservations(store, name, "bf_A", "", wanted)).toBe(4);
  const after = {
    ...before,
    ledgers: {
      bf_A: {
        queued: [0, 2, 7],
        counts: "3 queued, 1 in progress, 0 succeeded, 0 failed",
      },
    },
  };
  expect(await scene.readState()).toEqual(after);
  expect(await mendReservations(store, name, "bf_A", "", wanted)).toBe(0);
  expect(await scene.readState()).toEqual(after);
});
