import { expect, test } from "vitest";
import { type SettlementAnswer, settlePartitions } from "../index.ts";
import { openTableScene, type StateRow } from "../store/tableScene.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();

interface SettleRow {
  readonly title: string;
  readonly before: StateRow;
  /** Ordinal 0 of bf_A, by session s1. */
  readonly call: { readonly claimNumber: number; readonly outcome: "succeeded" | "failed" };
  readonly reply: SettlementAnswer;
  readonly after: StateRow & { readonly told: readonly string[] };
}

/** Session s1 runs partition 0 for bf_A under claim 7. */
const running = {
  claims: { 0: "R s1 7 1 0 now bf_A" },
  inProgress: [0],
} as const;
const runningLedger = {
  queued: [0],
  counts: "1 queued, 1 in progress, 0 succeeded, 0 failed",
} as const;
const succeeded = {
  settled: [0],
  counts: "0 queued, 0 in progress, 1 succeeded, 0 failed",
} as const;
const failed = {
  settled: [0],
  failed: [0],
  counts: "0 queued, 0 in progress, 0 succeeded, 1 failed",
} as const;
const nothing = { counts: "0 queued, 0 in progress, 0 succeeded, 0 failed" } as const;

const rows: readonly SettleRow[] = [
  {
    title: "a success sets the partition's bits and takes its claim away",
    before: { ...running, ledgers: { bf_A: runningLedger } },
    call: { claimNumber: 7, outcome: "succeeded" },
    reply: "settled",
    after: { materialized: [0], ledgers: { bf_A: succeeded }, told: ["bf_A  s 0;"] },
  },
  {
    title: "a partition that has left the window leaves the queued counter alone",
    before: { ...running, ledgers: { bf_A: { queued: [1] } } },
    call: { claimNumber: 7, outcome: "succeeded" },
    reply: "settled",
    after: {
      materialized: [0],
      ledgers: {
        bf_A: {
          queued: [1],
          settled: [0],
          counts: "1 queued, 0 in progress, 1 succeeded, 0 failed",
        },
      },
      told: ["bf_A  s 0;"],
    },
  },
  {
    title: "a partition that has settled in the ledger already is not counted again",
    before: { ...running, ledgers: { bf_A: { queued: [0], settled: [0] } } },
    call: { claimNumber: 7, outcome: "failed" },
    reply: "settled",
    after: { failed: [0], ledgers: { bf_A: succeeded }, told: [] },
  },
  {
    title: "a failure sets the failed bits and leaves an older success materialized",
    before: { ...running, materialized: [0], ledgers: { bf_A: runningLedger } },
    call: { claimNumber: 7, outcome: "failed" },
    reply: "settled",
    after: { materialized: [0], failed: [0], ledgers: { bf_A: failed }, told: ["bf_A  f 0;"] },
  },
  {
    title: "a success takes the asset's failed bit away, and leaves those of its neighbors",
    before: { ...running, failed: [0, 1], ledgers: { bf_A: runningLedger } },
    call: { claimNumber: 7, outcome: "succeeded" },
    reply: "settled",
    after: { materialized: [0], failed: [1], ledgers: { bf_A: succeeded }, told: ["bf_A  s 0;"] },
  },
  {
    title: "an older claim of the same session is refused",
    before: { ...running, ledgers: { bf_A: runningLedger } },
    call: { claimNumber: 6, outcome: "succeeded" },
    reply: "refused",
    after: { ...running, ledgers: { bf_A: runningLedger }, told: ["bf_A  x 0;"] },
  },
  {
    title: "a claim whose number begins with the settled one is refused",
    before: {
      claims: { 0: "R s1 71 1 0 now bf_A" },
      inProgress: [0],
      ledgers: { bf_A: runningLedger },
    },
    call: { claimNumber: 7, outcome: "failed" },
    reply: "refused",
    after: {
      claims: { 0: "R s1 71 1 0 now bf_A" },
      inProgress: [0],
      ledgers: { bf_A: runningLedger },
      told: ["bf_A  x 0;"],
    },
  },
  {
    title: "a claim that lapsed is refused",
    before: { claims: { 0: "L s1 7 1 1 now bf_A" }, ledgers: { bf_A: { queued: [0] } } },
    call: { claimNumber: 7, outcome: "succeeded" },
    reply: "refused",
    after: {
      claims: { 0: "L s1 7 1 1 now bf_A" },
      ledgers: {
        bf_A: { queued: [0], counts: "1 queued, 0 in progress, 0 succeeded, 0 failed" },
      },
      told: ["bf_A  x 0;"],
    },
  },
  {
    title: "a waiter shares a success and leaves its own window",
    before: {
      ...running,
      waiters: { 0: "bf_B" },
      ledgers: { bf_A: runningLedger, bf_B: { queued: [0, 1] } },
    },
    call: { claimNumber: 7, outcome: "succeeded" },
    reply: "settled",
    after: {
      materialized: [0],
      ledgers: {
        bf_A: succeeded,
        bf_B: {
          queued: [1],
          settled: [0],
          counts: "1 queued, 0 in progress, 1 succeeded, 0 failed",
        },
      },
      told: ["bf_B  s 0;bf_A  s 0;"],
    },
  },
  {
    title: "a waiter that had left its window shares a success, and no counter goes below its bits",
    before: { ...running, waiters: { 0: "bf_B" }, ledgers: { bf_A: runningLedger, bf_B: {} } },
    call: { claimNumber: 7, outcome: "succeeded" },
    reply: "settled",
    after: {
      materialized: [0],
      ledgers: { bf_A: succeeded, bf_B: succeeded },
      told: ["bf_B  s 0;bf_A  s 0;"],
    },
  },
  {
    title: "a waiter shares a failure as a failure",
    before: {
      ...running,
      waiters: { 0: "bf_B" },
      ledgers: { bf_A: runningLedger, bf_B: { queued: [0] } },
    },
    call: { claimNumber: 7, outcome: "failed" },
    reply: "settled",
    after: {
      failed: [0],
      ledgers: { bf_A: failed, bf_B: failed },
      told: ["bf_B  f 0;bf_A  f 0;"],
    },
  },
  {
    title: "a waiter that runs the partition again is only told that nobody works on it",
    before: {
      ...running,
      waiters: { 0: "!bf_B" },
      ledgers: { bf_A: runningLedger, bf_B: { queued: [0] } },
    },
    call: { claimNumber: 7, outcome: "succeeded" },
    reply: "settled",
    after: {
      materialized: [0],
      ledgers: {
        bf_A: succeeded,
        bf_B: { queued: [0], counts: "1 queued, 0 in progress, 0 succeeded, 0 failed" },
      },
      told: ["bf_B  r 0;bf_A  s 0;"],
    },
  },
  {
    title: "a waiter that is being canceled takes no outcome",
    before: {
      ...running,
      waiters: { 0: "bf_B" },
      ledgers: { bf_A: runningLedger, bf_B: { control: "canceling" } },
    },
    call: { claimNumber: 7, outcome: "succeeded" },
    reply: "settled",
    after: {
      materialized: [0],
      ledgers: { bf_A: succeeded, bf_B: { control: "canceling", ...nothing } },
      told: ["bf_A  s 0;"],
    },
  },
  {
    title: "a waiter that has settled already keeps its outcome",
    before: {
      ...running,
      waiters: { 0: "bf_B" },
      ledgers: { bf_A: runningLedger, bf_B: { settled: [0] } },
    },
    call: { claimNumber: 7, outcome: "failed" },
    reply: "settled",
    after: {
      failed: [0],
      ledgers: { bf_A: failed, bf_B: succeeded },
      told: ["bf_A  f 0;"],
    },
  },
];

test.each(rows)("settle_partitions: $title", async ({ before, call, reply, after }) => {
  const scene = await openTableScene(store, before);
  const settlement = {
    ...{ backfillId: "bf_A", lane: "", ordinal: 0, attempt: 1, durationMs: 5, note: undefined },
    ...call,
  };
  expect(await settlePartitions(store, scene.registered, "s1", [settlement])).toEqual([reply]);
  expect(await scene.readState()).toEqual(after);
});

/** Settles partition 0 under the claim that an entry says, and returns what was written beside the bits. */
async function settled(entry: string, outcome: "succeeded" | "failed", note?: string) {
  const { keys, redis } = store;
  const scene = await openTableScene(store, {
    claims: { 0: entry },
    inProgress: [0],
    ledgers: { bf_A: runningLedger },
  });
  const name = scene.registered.asset.name;
  await redis.hset(keys.errors(name, "", 0), { 0: "before", 1: "another" });
  await redis.hset(keys.metadata(name, "", 0), { 0: "before" });
  await redis.hset(keys.ledger(name, "bf_A"), "busy_ms", 1_000);
  const claim = { backfillId: "bf_A", lane: "", ordinal: 0, claimNumber: 7, attempt: 1 };
  await settlePartitions(store, scene.registered, "s1", [
    { ...claim, outcome, durationMs: 5, note },
  ]);
  const attempts = await redis.hget(keys.attempts(name, "", 0), "0");
  return {
    errors: await redis.hmget(keys.errors(name, "", 0), "0", "1"),
    metadata: await redis.hget(keys.metadata(name, "", 0), "0"),
    busyMs: await redis.hget(keys.ledger(name, "bf_A"), "busy_ms"),
    attempts: attempts?.replaceAll(/ \d{13} /g, " now ") ?? null,
  };
}

test("settle_partitions: neighbors that settle in one call are told as one run", async () => {
  const ordinals = [0, 1, 2, 4];
  const scene = await openTableScene(store, {
    claims: Object.fromEntries(ordinals.map((at) => [at, `R s1 ${at} 1 0 now bf_A`])),
    inProgress: ordinals,
    ledgers: { bf_A: { queued: ordinals } },
  });
  const settlements = ordinals.map((ordinal) => ({
    ...{ backfillId: "bf_A", lane: "", ordinal, claimNumber: ordinal, attempt: 1 },
    ...{ outcome: "succeeded" as const, durationMs: 5, note: undefined },
  }));
  await settlePartitions(store, scene.registered, "s1", settlements);
  expect((await scene.readState()).told).toEqual(["bf_A  s 0+3,4;"]);
});

const firstTry = "R s1 7 1 0 now bf_A";

test.each([
  {
    ...{ entry: firstTry, outcome: "succeeded", note: undefined },
    after: { errors: [null, "another"], metadata: "before", attempts: null },
  },
  {
    ...{ entry: firstTry, outcome: "succeeded", note: '{"rows":1}' },
    after: { errors: [null, "another"], metadata: '{"rows":1}', attempts: null },
  },
  {
    ...{ entry: firstTry, outcome: "failed", note: '{"name":"E","message":"m"}' },
    after: {
      errors: ['{"name":"E","message":"m"}', "another"],
      metadata: "before",
      attempts: "f now 5 1 1 s1 E: m\n",
    },
  },
  {
    ...{ entry: "R s1 7 1 1 now bf_A", outcome: "succeeded", note: undefined },
    after: {
      errors: [null, "another"],
      metadata: "before",
      attempts: "s now 5 1 1 s1 \n",
    },
  },
  {
    ...{ entry: "R s1 7 11 0 now bf_A", outcome: "succeeded", note: undefined },
    after: {
      errors: [null, "another"],
      metadata: "before",
      attempts: "s now 5 1 1 s1 \n",
    },
  },
] as const)("settle_partitions: $entry that ends as $outcome with $note", async (row) => {
  const outcome: "succeeded" | "failed" = row.outcome === "failed" ? "failed" : "succeeded";
  expect(await settled(row.entry, outcome, row.note)).toEqual({ ...row.after, busyMs: "1005" });
});
