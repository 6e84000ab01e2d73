import { runDoctor } from "./runDoctor.ts";
import { asset, newBackfillId, partitionJobSchema, type Project, project } from "@infill/core";
import { daily, integersFromSorted } from "@infill/partitions";
import {
  chunkOf,
  chunkOrdinals,
  claimPartitions,
  type DoctorCheck,
  leaseBackfill,
  openLedger,
  openStateStore,
  type RegisteredAsset,
  registerAsset,
  reservePartitions,
  setBackfillStatus,
  settlePartitions,
  settleUnstarted,
  type StateStore,
} from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import fc from "fast-check";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { connect, type InfillClient } from "@infill/client";
import { PoolQueues } from "@infill/planning";

const url = redisUrlForTests();
const prefix = testPrefix();
afterAll(() => cleanPrefix(url, prefix));

/** Ordinals count days since 1970. */
const first = Date.UTC(2024, 0, 1) / 86_400_000;
const chunk = chunkOf(first);
const bit = (day: number) => first + day - chunk * chunkOrdinals;
const days = asset({
  name: "days",
  partitions: daily({ start: "2024-01-01", end: "2024-02-10" }),
  materialize: () => {},
});
let nextNamespace = 1;

/** A running backfill of 40 days, with every kind of state. */
interface Scene {
  readonly store: StateStore;
  readonly client: InfillClient;
  readonly registered: RegisteredAsset;
  readonly id: string;
  readonly queues: PoolQueues;
}
let scene: Scene;

beforeEach(openScene);
afterEach(closeScene);

async function openScene(): Promise<void> {
  const inside: Project = project({
    namespace: `${prefix}-${nextNamespace++}`,
    assets: [days],
  });
  const store = await openStateStore(url, inside.namespace, "test");
  const client = await connect(inside, { redisUrl: url, now: () => Date.UTC(2024, 5, 1) });
  const registered = await registerAsset(store, days);
  const queues = new PoolQueues(store, "test");
  const { id } = await client.backfills.create({ assets: "days", reprocess: "all" });
  if (id === undefined) throw new Error("nothing to run");
  scene = { store, client, registered, id, queues };
  const reserved = [0, 1, 2, 3, 4, 5].map((day) => first + day);
  await reservePartitions(store, "days", id, 10, [{ lane: "", ordinals: reserved }]);
  await claimPartitions(
    store,
    registered,
    "s_1",
    600_000,
    [0, 1, 2].map((day) => ({
      backfillId: id,
      lane: "",
      ordinal: first + day,
      claimNumber: day,
    })),
  );
  await settlePartitions(
    store,
    registered,
    "s_1",
    ([0, 1] as const).map((day) => ({
      backfillId: id,
      lane: "",
      ordinal: first + day,
      claimNumber: day,
      outcome: day === 0 ? ("succeeded" as const) : ("failed" as const),
      attempt: 1,
      durationMs: 5,
      note: undefined,
    })),
  );
  const doomed = { lane: "", ordinals: integersFromSorted([first + 39]) };
  const why = { outcome: "skipped", asset: "days", lane: "", ordinal: first + 1 } as const;
  await settleUnstarted(store, "days", id, doomed, why);
  await queues.add("default", [2, 3, 4, 5].map(decodedJobOf), 1);
}
async function closeScene(): Promise<void> {
  await scene.queues.close();
  await scene.client.close();
  await scene.store.close();
}

function jobOf(day: number) {
  const { id } = scene;
  const date = new Date((first + day) * 86_400_000).toISOString().slice(0, 10);
  return {
    id: `${id}-0--${(first + day).toString(36)}`,
    data: {
      v: 1 as const,
      b: id,
      a: "days",
      l: "",
      o: first + day,
      n: 1,
      k: date,
      t: Date.UTC(2024, 5, 1),
    },
  };
}

function decodedJobOf(day: number) {
  const { id, data } = jobOf(day);
  return { id, job: partitionJobSchema.parse(data) };
}

async function checksFound(fix = false): Promise<(readonly [DoctorCheck, string])[]> {
  const { findings } = await runDoctor(scene.client.connection, { fix, patienceMs: 60 });
  return findings.map(({ check, repair }) => [check, repair] as const);
}

test("the doctor finds nothing wrong with a running backfill", async () => {
  const report = await runDoctor(scene.client.connection, { patienceMs: 60 });
  expect(report.findings).toEqual([]);
  expect(report.looked).toMatchObject({
    assets: 1,
    backfills: 1,
    ledgers: 1,
    partitions: 40,
    jobs: 4,
  });
  expect(report.notes).toEqual([`No planner plans ${scene.id} (running): infill planner start.`]);
});

/** Counts by outcome that every repair must leave, unless the vandal's row gives others. */
const outcomes = { succeeded: 1, failed: 1, skipped: 1 };

type Vandal = (scene: Scene) => Promise<unknown>;
const plane =
  (name: string) =>
  ({ store: { keys }, id }: Scene) =>
    `${keys.ledger("days", id)}:${name}::${chunk}`;
const job = ({ store: { keys } }: Scene, day: number) =>
  `${keys.poolPrefix("default")}:default:${jobOf(day).id}`;

const vandals: [what: string, checks: readonly DoctorCheck[], vandal: Vandal, after?: object][] = [
  [
    "a counter is gone",
    ["counter_differs"],
    ({ store: { redis, keys }, id }) => redis.hdel(keys.ledger("days", id), "succeeded"),
  ],
  [
    "the counter of what runs is wrong",
    ["counter_differs"],
    ({ store: { redis, keys }, id }) => redis.hincrby(keys.ledger("days", id), "in_progress", 3),
  ],
  [
    "the queued counter is wrong",
    ["counter_differs"],
    ({ store: { redis, keys }, id }) => redis.hset(keys.ledger("days", id), "queued", 0),
  ],
  [
    "the selected counter is gone",
    ["counter_differs"],
    ({ store: { redis, keys }, id }) => redis.hdel(keys.ledger("days", id), "selected"),
  ],
  [
    "a chunk of settled is gone",
    ["outcome_unsettled", "settlement_lost", "counter_differs"],
    (there) => there.store.redis.del(plane("settled")(there)),
  ],
  [
    "a chunk of failed is gone",
    ["counter_differs"],
    (there) => there.store.redis.del(plane("failed")(there)),
    { succeeded: 2, failed: 0, skipped: 1 },
  ],
  [
    "a chunk of queued is gone",
    ["claim_unqueued", "counter_differs", "job_orphaned"],
    (there) => there.store.redis.del(plane("queued")(there)),
  ],
  [
    "a partition that is not selected is settled",
    ["outside_selected", "counter_differs"],
    (there) => there.store.redis.setbit(plane("settled")(there), bit(50), 1),
  ],
  [
    "a partition is both failed and skipped",
    ["outcome_ambiguous", "counter_differs"],
    (there) => there.store.redis.setbit(plane("skipped")(there), bit(1), 1),
  ],
  [
    "a settled partition is queued",
    ["queued_settled", "counter_differs", "job_missing"],
    (there) => there.store.redis.setbit(plane("queued")(there), bit(0), 1),
  ],
  [
    "a partition that succeeded is noted as taken out by hand",
    ["dropped_uncanceled"],
    (there) => there.store.redis.setbit(plane("dropped")(there), bit(0), 1),
  ],
  [
    "half the ledger is gone",
    ["ledger_missing", "outcome_unsettled", "settlement_lost"],
    async (there) => {
      await there.store.redis.del(there.store.keys.ledger("days", there.id));
      await there.store.redis.del(plane("settled")(there));
    },
  ],
  [
    "a ledger's number is gone",
    ["ledger_incomplete"],
    ({ store: { redis, keys }, id }) => redis.hdel(keys.ledger("days", id), "number"),
  ],
  [
    "the asset's count of backfills is gone",
    ["ledger_incomplete"],
    ({ store: { redis, keys } }) => redis.hdel(keys.meta("days"), "backfills"),
  ],
  [
    "the control word is gone",
    ["ledger_incomplete"],
    ({ store: { redis, keys }, id }) => redis.hdel(keys.ledger("days", id), "control"),
  ],
  [
    "the rows of what is selected are gone",
    ["selected_lost", "outside_selected"],
    ({ store: { redis, keys }, id }) => redis.del(keys.selected("days", id)),
  ],
  [
    "a session's lease is gone",
    ["claim_session_missing"],
    ({ store: { redis, keys } }) => redis.del(keys.sessions("days")),
  ],
  [
    "a claim is gone",
    ["claim_missing", "counter_differs"],
    ({ store: { redis, keys } }) => redis.hdel(keys.claims("days"), `:${first + 2}`),
  ],
  [
    "a claim cannot be read",
    ["claim_malformed", "counter_differs"],
    ({ store: { redis, keys } }) => redis.hset(keys.claims("days"), `:${first + 2}`, "R s_1"),
  ],
  [
    "a claim names a backfill that has no ledger",
    ["claim_ledger_missing"],
    ({ store: { redis, keys } }) =>
      redis.hset(keys.claims("days"), `:${first + 9}`, "W s_1 9 1 0 5 bf_GONE"),
  ],
  [
    "the in-progress plane is gone",
    ["claim_bit_missing"],
    ({ store: { redis, keys } }) => redis.del(keys.plane("days", "", "in_progress", chunk)),
  ],
  [
    "an in-progress bit is set and nothing runs",
    ["claim_missing"],
    ({ store: { redis, keys } }) =>
      redis.setbit(keys.plane("days", "", "in_progress", chunk), bit(7), 1),
  ],
  [
    "the materialized plane is gone",
    ["record_plane"],
    ({ store: { redis, keys } }) => redis.del(keys.plane("days", "", "materialized", chunk)),
  ],
  [
    "a page of records is cut",
    ["record_page"],
    async ({ store: { redis, keys } }) => {
      const key = keys.records("days", "", Math.floor(first / 128));
      const bytes = await redis.getBuffer(key);
      await redis.set(key, bytes?.subarray(0, -1) ?? "");
    },
  ],
  [
    "a waiter names a ledger that is gone",
    ["waiter_stale"],
    ({ store: { redis, keys } }) =>
      redis.hset(keys.waiters("days"), `:${first + 2}`, keys.ledger("days", "bf_GONE")),
  ],
  [
    "a waiter waits for nobody",
    ["waiter_stale"],
    ({ store: { redis, keys }, id }) =>
      redis.hset(keys.waiters("days"), `:${first + 20}`, keys.ledger("days", id)),
  ],
  ["a job's hash is gone", ["job_lost"], (there) => there.store.redis.del(job(there, 4))],
  [
    "a job's data is cut off",
    ["job_unreadable", "job_missing"],
    (there) => there.store.redis.hset(job(there, 4), "data", "{"),
  ],
  [
    "a job is for more partitions than there are",
    ["job_unreadable", "job_missing"],
    (there) =>
      there.store.redis.hset(job(there, 4), "data", JSON.stringify({ ...jobOf(4).data, n: 1e15 })),
  ],
  [
    "the queue's list is gone",
    ["job_stray", "job_missing"],
    ({ store: { redis, keys } }) => redis.del(`${keys.poolPrefix("default")}:default:prioritized`),
  ],
  [
    "a job is for a settled partition",
    ["job_orphaned"],
    ({ queues }) => queues.add("default", [decodedJobOf(0)], 1),
  ],
  [
    "a backfill is not among the active ones",
    ["active_differs"],
    ({ store: { redis, keys }, id }) => redis.srem(keys.activeBackfills, id),
  ],
  [
    "the active ones name a backfill that does not exist",
    ["active_unknown"],
    ({ store: { redis, keys } }) => redis.sadd(keys.activeBackfills, newBackfillId(5)),
  ],
  [
    "the index lacks a backfill",
    ["index_differs"],
    ({ store: { redis, keys }, id }) => redis.zrem(keys.backfillIndex, id),
  ],
  [
    "the list of running backfills lacks one",
    ["list_differs"],
    ({ store: { redis, keys }, id }) => redis.zrem(keys.statusList("running"), id),
  ],
  [
    "a backfill that runs is among those that have ended",
    ["list_differs"],
    ({ store: { redis, keys }, id }) => redis.zadd(keys.endedBackfills, 1, id),
  ],
  [
    "a lease has no end",
    ["lease_endless"],
    ({ store: { redis, keys }, id }) => redis.set(keys.backfillLease(id), "planner_x"),
  ],
  [
    "a ledger obeys another word than its backfill's status",
    ["control_differs"],
    ({ store: { redis, keys }, id }) => redis.hset(keys.ledger("days", id), "control", "canceling"),
  ],
  [
    "a backfill ended with partitions unsettled",
    ["ended_unsettled", "job_orphaned"],
    ({ store, id }) => setBackfillStatus(store, id, { to: "failed", from: ["running"] }),
  ],
  [
    "a transition's scratch paper is left",
    ["scratch_left"],
    ({ store: { redis, keys }, id }) => redis.set(keys.scratch("days", id), "x"),
  ],
  [
    "a submission was interrupted long ago",
    ["ledger_orphaned"],
    async ({ store, registered }) => {
      const ordinals = integersFromSorted([first]);
      const one = registered.ordinals.subsetOf([{ lane: "", ordinals }]);
      await openLedger(store, registered, newBackfillId(5), one);
    },
  ],
];

test.each(vandals)("%s: the doctor reports and repairs it", async (_, checks, vandal, after) => {
  await vandal(scene);
  const found = await checksFound();
  expect(found.map(([check]) => check)).toEqual(expect.arrayContaining([...checks]));
  expect(new Set(found.map(([, repair]) => repair))).toEqual(new Set(["possible"]));
  // A check changes nothing.
  expect((await checksFound()).map(([check]) => check)).toEqual(found.map(([check]) => check));
  const repaired = await checksFound(true);
  expect(new Set(repaired.map(([, repair]) => repair))).toEqual(new Set(["repaired"]));
  expect(repaired.map(([check]) => check)).toEqual(expect.arrayContaining([...checks]));
  expect(await checksFound()).toEqual([]);
  const { counts } = await scene.client.backfills.get(scene.id);
  expect(counts).toMatchObject({ selected: 40, ...(after ?? outcomes) });
});

test("F42: the damage of several vandals together is found, and repaired to a valid state", async () => {
  // A submission after the loss of the counter would get a used number; only then would it be too
  // late to tell whose records are whose.
  const alone = ["a submission was interrupted long ago"];
  const vandal = fc.constantFrom(...vandals.filter(([what]) => !alone.includes(what)));
  // Without the rows of the selection, a partition that a vandal settled looks like one of the
  // backfill.
  const indistinct = [
    "the rows of what is selected are gone",
    "a partition that is not selected is settled",
  ];
  const together = fc
    .uniqueArray(vandal, { minLength: 2, maxLength: 4, selector: ([what]) => what })
    .filter((chosen) => chosen.filter(([what]) => indistinct.includes(what)).length < 2);
  await fc.assert(
    fc
      .asyncProperty(together, async (chosen) => {
        for (const [, , act] of chosen) await act(scene);
        expect((await checksFound()).length).toBeGreaterThan(0);
        const repaired = await checksFound(true);
        expect(repaired.filter(([, repair]) => repair !== "repaired")).toEqual([]);
        expect(await checksFound()).toEqual([]);
        const { counts } = await scene.client.backfills.get(scene.id);
        const { selected, ...parts } = counts;
        expect([selected, Object.values(parts).reduce((sum, part) => sum + part, 0)]).toEqual([
          40, 40,
        ]);
      })
      .afterEach(async () => {
        await closeScene();
        await openScene();
      }),
    { numRuns: 15, interruptAfterTimeLimit: 60_000 },
  );
}, 120_000);

test("a foreign key is reported and left alone; a key of a wrong type is set aside before any check fails on it", async () => {
  const { redis, keys } = scene.store;
  const strange = `${scene.store.namespace}:strange`;
  await redis.set(strange, "x");
  expect(await checksFound(true)).toEqual([["key_unknown", "by_hand"]]);
  await redis.set(keys.waiters("days"), "x");
  expect(await checksFound(true)).toEqual([
    ["key_type", "repaired"],
    ["key_unknown", "by_hand"],
  ]);
  expect(await redis.get(strange)).toBe("x");
});

test("a missing job is no finding until its planner has had time to look for it", async () => {
  const { store, id } = scene;
  await scene.queues.remove("default", [jobOf(3).id]);
  await leaseBackfill(store, id, "planner_x", 60_000);
  const report = await runDoctor(scene.client.connection, { patienceMs: 60 });
  expect(report.findings).toEqual([]);
  expect(report.notes).toEqual([expect.stringContaining("run the doctor again")]);
});
