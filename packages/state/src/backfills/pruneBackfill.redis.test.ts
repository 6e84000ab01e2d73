import { beforeEach, expect, test } from "vitest";
import { beginPrune } from "../index.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();

beforeEach(async () => {
  const left = await store.redis.keys(`${store.keys.backfillRoot}:*`);
  if (left.length > 0) await store.redis.del(...left);
});

interface PruneRow {
  readonly what: string;
  /** The header; default: a failed backfill that ended at 5 and has two summaries. */
  readonly header?: Readonly<Record<string, string>>;
  /** Whether the summaries 1 and 2 are left; default: both. */
  readonly summaries?: readonly number[];
  readonly due?: readonly string[];
  /** When deliveries were parked. The call asks about the time from 100 on. */
  readonly parked?: Readonly<Record<string, number>>;
  /** The answers to "look" and to "write". */
  readonly words: readonly [look: string, write: string];
}

const ended = { status: "failed", created: "2", finished: "5", summaries: "2" };

const rows: readonly PruneRow[] = [
  { what: "an ended backfill", words: ["prunable", "deleting"] },
  {
    what: "one that succeeded",
    header: { ...ended, status: "succeeded" },
    words: ["prunable", "deleting"],
  },
  {
    what: "one that was canceled",
    header: { ...ended, status: "canceled" },
    words: ["prunable", "deleting"],
  },
  {
    what: "one without a summary",
    header: { status: "failed", finished: "5" },
    summaries: [],
    words: ["prunable", "deleting"],
  },
  {
    what: "one without an end, by its creation",
    header: { status: "failed", created: "5" },
    words: ["prunable", "deleting"],
  },
  { what: "one that runs", header: { ...ended, status: "running" }, words: ["changed", "changed"] },
  {
    what: "one that is paused",
    header: { ...ended, status: "paused" },
    words: ["changed", "changed"],
  },
  {
    what: "one that has ended again since",
    header: { ...ended, finished: "6" },
    words: ["changed", "changed"],
  },
  {
    what: "one with more summaries than one can have",
    header: { ...ended, summaries: "10001" },
    words: ["changed", "changed"],
  },
  {
    what: "one with an unreadable number of summaries",
    header: { ...ended, summaries: "many" },
    words: ["changed", "changed"],
  },
  { what: "an unknown one", header: {}, summaries: [], words: ["unknown", "unknown"] },
  {
    what: "one whose deletion has begun",
    header: { ...ended, deleting: "1" },
    words: ["deleting", "deleting"],
  },
  {
    what: "one with a delivery that is not expanded",
    due: ["bf_A-1"],
    words: ["undelivered", "undelivered"],
  },
  {
    what: "one with a delivery of its last summary to a target",
    due: ["bf_A-2 hook"],
    words: ["undelivered", "undelivered"],
  },
  {
    what: "one with a delivery that was parked of late",
    parked: { "bf_A-2 hook": 101 },
    words: ["undelivered", "undelivered"],
  },
  {
    what: "one with a delivery that was parked long ago",
    parked: { "bf_A-2 hook": 100 },
    words: ["prunable", "deleting"],
  },
  {
    what: "one whose due summary is gone",
    summaries: [1],
    due: ["bf_A-2"],
    words: ["prunable", "deleting"],
  },
  {
    what: "one beside a delivery of another backfill",
    due: ["bf_B-1"],
    words: ["prunable", "deleting"],
  },
];

/** The header of a backfill, and the lists that hold it. */
async function look(id: string) {
  const { redis, keys } = store;
  const listed = {
    index: await redis.zscore(keys.backfillIndex, id),
    failed: await redis.zscore(keys.statusList("failed"), id),
    ended: await redis.zscore(keys.endedBackfills, id),
    deleting: (await redis.sismember(keys.deletingBackfills, id)) || null,
  };
  const lists = Object.entries(listed).flatMap(([list, found]) => (found === null ? [] : [list]));
  return { header: await redis.hgetall(keys.backfill(id)), lists };
}

test.each(rows.map((row) => [row.what, row] as const))("begin_prune: %s", async (_, row) => {
  const { redis, keys } = store;
  const { header = ended, summaries = [1, 2], due = [], parked = {}, words } = row;
  for (const id of ["bf_A", "bf_B"]) {
    await redis.zadd(keys.backfillIndex, 2, id);
    await redis.zadd(keys.statusList("failed"), 2, id);
    await redis.zadd(keys.endedBackfills, 5, id);
  }
  if (Object.keys(header).length > 0) await redis.hset(keys.backfill("bf_A"), header);
  for (const sequence of summaries) {
    const attempts = `attempts bf_A-${sequence} hook`;
    await redis.hset(keys.summary("bf_A", sequence), { summary: "{}", [attempts]: "1" });
  }
  for (const delivery of due) await redis.zadd(keys.deliveries, 1, delivery);
  for (const [delivery, atMs] of Object.entries(parked))
    await redis.zadd(keys.parkedDeliveries, atMs, delivery);
  const [before, other] = [await look("bf_A"), await look("bf_B")];
  const backfill = { id: "bf_A", finishedMs: 5 };
  expect(await beginPrune(store, backfill, 100, "look")).toBe(words[0]);
  expect(await look("bf_A")).toEqual(before);
  expect(await beginPrune(store, backfill, 100, "write")).toBe(words[1]);
  const isBegun = words[0] === "prunable";
  expect(await look("bf_A")).toEqual(
    isBegun ? { header: { ...header, deleting: "pruned" }, lists: ["deleting"] } : before,
  );
  expect(await look("bf_B")).toEqual(other);
});
