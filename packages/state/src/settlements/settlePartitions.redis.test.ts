import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  openStateStore,
  type SettlementAnswer,
  settlePartitions,
  type StateStore,
} from "../index.ts";
import { openTableScene, type StateRow } from "../store/tableScene.testing.ts";

const prefix = testPrefix();
const url = redisUrlForTests();
let store: StateStore;

beforeAll(async () => {
  store = await openStateStore(url, prefix, "test");
});
afterAll(async () => {
  await store.close();
  await cleanPrefix(url, prefix);
});

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
