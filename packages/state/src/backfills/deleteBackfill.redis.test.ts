import { backfillStatuses, isFinalStatus } from "@infill/core";
import { beforeEach, expect, test } from "vitest";
import { beginDelete, finishDelete, scriptText } from "../index.ts";
import { openTableScene } from "../store/tableScene.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();
const root = store.keys.backfillRoot;

beforeEach(async () => {
  const left = await store.redis.keys(`${root}:*`);
  if (left.length > 0) await store.redis.del(...left);
});

const lists = [
  "index",
  "deleting",
  "active",
  "ended",
  ...backfillStatuses.map((s) => `status:${s}`),
];

/** The header of a backfill, and the lists that hold it. */
async function look(id: string) {
  const { redis, keys } = store;
  const found: string[] = [];
  for (const list of lists) {
    const key = `${root}:${list}`;
    const isSet = (await redis.type(key)) === "set";
    const isIn = isSet ? await redis.sismember(key, id) : await redis.zscore(key, id);
    if (isIn !== null && isIn !== 0) found.push(list);
  }
  return { header: await redis.hgetall(keys.backfill(id)), lists: found };
}

/** A backfill with this header, in the lists of its status. */
async function backfillWith(id: string, header: Readonly<Record<string, string>>): Promise<void> {
  const { redis, keys } = store;
  await redis.hset(keys.backfill(id), header);
  await redis.zadd(keys.backfillIndex, 1, id);
  await redis.zadd(`${root}:status:${header["status"]}`, 1, id);
  await redis.zadd(keys.endedBackfills, 1, id);
}

test.each(backfillStatuses)("begin_delete: a backfill that is %s", async (status) => {
  await backfillWith("bf_A", { status });
  await backfillWith("bf_B", { status });
  const other = await look("bf_B");
  if (isFinalStatus(status)) {
    const after = { header: { status, deleting: "1" }, lists: ["deleting"] };
    // The second call is a repeated one.
    for (let call = 0; call < 2; call++) {
      await beginDelete(store, "bf_A");
      expect(await look("bf_A")).toEqual(after);
    }
  } else {
    const before = await look("bf_A");
    const error = { code: "INFILL_BACKFILL_ACTIVE", status };
    await expect(beginDelete(store, "bf_A")).rejects.toMatchObject(error);
    expect(await look("bf_A")).toEqual(before);
  }
  expect(await look("bf_B")).toEqual(other);
});

test("begin_delete: a planner still finishes a prune that has begun", async () => {
  await store.redis.hset(store.keys.backfill("bf_A"), { status: "failed", deleting: "pruned" });
  const before = await look("bf_A");
  await beginDelete(store, "bf_A");
  expect(await look("bf_A")).toEqual(before);
});

test("begin_delete: an unknown backfill", async () => {
  await expect(beginDelete(store, "bf_A")).rejects.toMatchObject({
    code: "INFILL_BACKFILL_UNKNOWN",
  });
  expect(await store.redis.keys(`${root}:*`)).toEqual([]);
});

/** Sends finish_delete once. @returns its word */
async function finish(id: string): Promise<unknown> {
  const { keys, redis } = store;
  const keyList = [keys.backfill(id), keys.backfillLog(id), keys.backfillLease(id)];
  keyList.push(keys.deletingBackfills, keys.activeBackfills, keys.deliveries);
  keyList.push(keys.parkedDeliveries, keys.backfillEvents);
  return redis.eval(scriptText("finish_delete"), keyList.length, ...keyList, id);
}

test("finish_delete: deletes each key and each delivery of the backfill, and tells it", async () => {
  const { redis, keys } = store;
  for (const id of ["bf_A", "bf_B"]) {
    const deleting: Record<string, string> = id === "bf_A" ? { deleting: "1" } : {};
    await redis.hset(keys.backfill(id), { status: "failed", summaries: 3, ...deleting });
    await redis.rpush(keys.backfillLog(id), "{}");
    await redis.set(keys.backfillLease(id), "p1");
    await redis.sadd(keys.activeBackfills, id);
    // Nobody has taken one; of another one target waits and one is parked; the last is delivered.
    await redis.hset(keys.summary(id, 1), "summary", "{}");
    const attempts = { [`attempts ${id}-2 hook`]: "1", [`attempts ${id}-2 call`]: "9" };
    await redis.hset(keys.summary(id, 2), { summary: "{}", left: "2", ...attempts });
    await redis.zadd(keys.deliveries, 1, `${id}-1`, 2, `${id}-2 hook`);
    await redis.zadd(keys.parkedDeliveries, 3, `${id}-2 call`);
  }
  await redis.sadd(keys.deletingBackfills, "bf_A");
  expect(await finish("bf_A")).toEqual(["deleted"]);
  expect((await redis.keys(`${root}:bf_A*`)).length).toBe(0);
  expect(await redis.smembers(keys.deletingBackfills)).toEqual([]);
  expect(await redis.smembers(keys.activeBackfills)).toEqual(["bf_B"]);
  expect(await redis.zrange(keys.deliveries, 0, "-1")).toEqual(["bf_B-1", "bf_B-2 hook"]);
  expect(await redis.zrange(keys.parkedDeliveries, 0, "-1")).toEqual(["bf_B-2 call"]);
  expect((await redis.keys(`${root}:bf_B*`)).length).toBe(5);
  const events = (await redis.xrange(keys.backfillEvents, "-", "+")).map(([, fields]) => fields);
  expect(events).toEqual([["backfill", "bf_A", "status", "deleted"]]);
  // A repeated call does not tell it again.
  expect(await finish("bf_A")).toEqual(["deleted"]);
  expect(await redis.xlen(keys.backfillEvents)).toBe(1);
});

test("finish_delete: one call deletes at most 50 summaries, the newest first", async () => {
  const { redis, keys } = store;
  await redis.hset(keys.backfill("bf_A"), { status: "failed", summaries: 101, deleting: "1" });
  for (let sequence = 1; sequence <= 101; sequence++)
    await redis.hset(keys.summary("bf_A", sequence), "summary", "{}");
  for (const left of [51, 1]) {
    expect(await finish("bf_A")).toEqual(["more"]);
    expect(await redis.hget(keys.backfill("bf_A"), "summaries")).toBe(`${left}`);
    expect(await redis.keys(`${root}:bf_A:summary:*`)).toHaveLength(left);
    expect(await redis.exists(keys.summary("bf_A", left))).toBe(1);
  }
  await finishDelete(store, "bf_A");
  expect(await redis.keys(`${root}:bf_A*`)).toEqual([]);
});

test.each(["many", "", "1.5", "-1", "99999999999999999999"])(
  "finish_delete: ends, and finds the summaries, if their number is %j",
  async (summaries) => {
    const { redis, keys } = store;
    await redis.hset(keys.backfill("bf_A"), { status: "failed", summaries, deleting: "1" });
    await redis.hset(keys.summary("bf_A", 61), { summary: "{}", "attempts bf_A-61 hook": "1" });
    await redis.zadd(keys.deliveries, 1, "bf_A-61 hook");
    await redis.sadd(keys.deletingBackfills, "bf_A");
    await finishDelete(store, "bf_A");
    const left = await redis.keys(`${root}:*`);
    expect(left.map((key) => key.slice(root.length))).toEqual([":events"]);
  },
);

test("finish_delete: a backfill without summaries is deleted, one whose deletion has not begun is not", async () => {
  const { redis, keys } = store;
  await redis.hset(keys.backfill("bf_A"), { status: "failed", deleting: "1" });
  expect(await finish("bf_A")).toEqual(["deleted"]);
  await redis.hset(keys.backfill("bf_B"), { status: "failed", summaries: "1" });
  await redis.hset(keys.summary("bf_B", 1), "summary", "{}");
  expect(await finish("bf_B")).toEqual(["active"]);
  expect(await redis.exists(keys.backfill("bf_B"), keys.summary("bf_B", 1))).toBe(2);
});

interface LedgerCall {
  readonly last: 0 | 1;
  readonly entry: string;
}

/** An asset with a ledger that has one bitmap, and a call of delete_ledger for it. */
async function deletableLedger(fields: Readonly<Record<string, string | number>>) {
  const { redis, keys } = store;
  const scene = await openTableScene(store, { ledgers: { bf_A: { settled: [0] }, bf_B: {} } });
  const { name } = scene.registered.asset;
  const ledger = keys.ledger(name, "bf_A");
  const keyList = [ledger, keys.selected(name, "bf_A"), keys.audit(name)];
  keyList.push(keys.ledgerPlane(name, "bf_A", "", "settled", 0), keys.culprits(name, "bf_A"));
  await redis.hset(ledger, { sealed: "any", ...fields });
  const text = scriptText("delete_ledger");
  const call = ({ last, entry }: LedgerCall) =>
    redis.eval(text, keyList.length, ...keyList, last, "op1", entry);
  const lookAt = async () => ({
    left: (await redis.keys(`${ledger}*`)).map((key) => key.slice(ledger.length)).toSorted(),
    isSealed: (await redis.hexists(ledger, "sealed")) === 1,
    audit: (await redis.xrange(keys.audit(name), "-", "+")).map(([, entry]) => entry.join(" ")),
  });
  return { name, call, lookAt };
}

const whole = { left: ["", ":selected", ":settled::0"], isSealed: true, audit: [] };

test("delete_ledger: the bitmaps first, the ledger with the last call, which the audit stream has once", async () => {
  const { call, lookAt } = await deletableLedger({});
  expect(await lookAt()).toEqual(whole);
  expect(await call({ last: 0, entry: "" })).toEqual(["deleted", 1]);
  expect(await lookAt()).toEqual({ left: ["", ":selected"], isSealed: false, audit: [] });
  expect(await call({ last: 1, entry: "{}" })).toEqual(["deleted", 2]);
  const gone = { left: [], isSealed: false, audit: ["operation op1 entry {}"] };
  expect(await lookAt()).toEqual(gone);
  expect(await call({ last: 1, entry: "{}" })).toEqual(["deleted", 0]);
  expect(await lookAt()).toEqual(gone);
});

test("delete_ledger: one call can delete everything, and an unreadable count of claims does not hold it up", async () => {
  const { call, lookAt } = await deletableLedger({ in_progress: "many" });
  expect(await call({ last: 1, entry: "" })).toEqual(["deleted", 3]);
  expect(await lookAt()).toEqual({ left: [], isSealed: false, audit: [] });
});

test("delete_ledger: neither a ledger with running claims nor one of a changing asset is deleted", async () => {
  const { name, call, lookAt } = await deletableLedger({ in_progress: 2 });
  expect(await call({ last: 1, entry: "{}" })).toEqual(["running", 2]);
  expect(await lookAt()).toEqual(whole);
  await store.redis.hset(store.keys.ledger(name, "bf_A"), "in_progress", 0);
  await store.redis.hset(store.keys.meta(name), "operation", "reset");
  await expect(call({ last: 1, entry: "{}" })).rejects.toThrow("CHANGING reset");
  expect(await lookAt()).toEqual(whole);
});
