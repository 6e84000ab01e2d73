import { expect, test } from "vitest";
import { lapseSessions, renewSession } from "../index.ts";
import { openTableScene } from "../store/tableScene.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();

test.each([
  ["a start counts as a death", "R s1 7 1 0 now bf_A", "L s1 7 1 1 now bf_A"],
  [
    "a start keeps its lapses and free starts",
    "R s1 7 4 1.2.3 now bf_A",
    "L s1 7 4 2.2.3 now bf_A",
  ],
  ["a suspect that did not start is no death", "R s1 7 3 2 0 bf_A", "L s1 7 2 2 0 bf_A"],
  [
    "a suspect that did not start keeps its lapses and free starts",
    "R s1 7 3 1.1.1 0 bf_A",
    "L s1 7 2 1.1.1 0 bf_A",
  ],
])("lapse_sessions: %s", async (_, entry, lapsed) => {
  const other = "R s2 1 1 0 now bf_A";
  const waiting = "W s1 5 1 0 now bf_A";
  const scene = await openTableScene(store, {
    claims: { 0: entry, 1: other, 2: waiting },
    inProgress: [0, 1],
    ledgers: { bf_A: { queued: [0, 1] } },
  });
  const name = scene.registered.asset.name;
  await store.redis.zadd(store.keys.sessions(name), "1", "s1", "8e15", "s2");
  expect(await lapseSessions(store, name)).toBe(1);
  expect(await scene.readState()).toEqual({
    claims: { 0: lapsed, 1: other, 2: waiting },
    inProgress: [1],
    ledgers: {
      bf_A: { queued: [0, 1], counts: "2 queued, 1 in progress, 0 succeeded, 0 failed" },
    },
    told: ["bf_A  r 0;"],
  });
  expect(await store.redis.zrange(store.keys.sessions(name), "0", "-1")).toEqual(["s2"]);
});

const leaseMs = 3_600_000;
const controls = ["running", "paused", "stopping", "canceling", "unknown"] as const;

test.each([
  { session: "s1", backfills: [], answer: [] },
  { session: "s1", backfills: [0, 1, 2, 3, 4], answer: controls },
  // A backfill of which the asset has no ledger.
  { session: "s1", backfills: [3, 9, 0], answer: ["canceling", "unknown", "running"] },
  // The lease is over, but nobody has lapsed the claims yet.
  { session: "late", backfills: [1], answer: ["paused"] },
  { session: "s3", backfills: [0, 1], answer: undefined },
])(
  "renew_session: to $session for the backfills $backfills answers $answer",
  async ({ session, backfills, answer }) => {
    const ledgers = Object.fromEntries(controls.map((control, at) => [`bf_${at}`, { control }]));
    const scene = await openTableScene(store, { ledgers });
    const { redis, keys } = store;
    const name = scene.registered.asset.name;
    await redis.hdel(keys.ledger(name, "bf_4"), "control");
    const before = ["late", "1", "s1", "8000000000000000", "s2", "8000000000000000"];
    await redis.zadd(keys.sessions(name), 1, "late", 8e15, "s1", 8e15, "s2");
    const ids = backfills.map((at) => `bf_${at}`);
    const known = await scene.readState();
    const [second] = await redis.time();
    const renewal = await renewSession(store, name, session, leaseMs, ids);
    expect(await scene.readState()).toEqual(known);
    if (answer === undefined) {
      expect(renewal).toEqual({ kind: "lost" });
      expect(await redis.zrange(keys.sessions(name), 0, "-1", "WITHSCORES")).toEqual(before);
      return;
    }
    const pairs = ids.map((id, at) => [id, answer[at]] as const);
    expect(renewal).toEqual({ kind: "renewed", controls: new Map(pairs) });
    const endMs = Number(await redis.zscore(keys.sessions(name), session));
    const startMs = Number(second) * 1_000;
    expect(endMs).toBeGreaterThanOrEqual(startMs + leaseMs);
    expect(endMs).toBeLessThan(startMs + leaseMs + 60_000);
    expect(await redis.zscore(keys.sessions(name), "s2")).toBe("8000000000000000");
    expect(await redis.zcard(keys.sessions(name))).toBe(3);
  },
);
