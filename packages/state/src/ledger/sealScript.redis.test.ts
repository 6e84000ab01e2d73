import { expect, test } from "vitest";
import { scriptText } from "../index.ts";
import { openTableScene } from "../store/tableScene.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();

/** A ledger with eight settled partitions, two of them without success, and its bitmaps. */
async function settledLedger(counters: Readonly<Record<string, number>> = {}) {
  const all = [0, 1, 2, 3, 4, 5, 6, 7];
  const scene = await openTableScene(store, {
    ledgers: { bf_A: { settled: all, failed: [1], canceled: [2] } },
  });
  const { redis, keys } = store;
  const name = scene.registered.asset.name;
  const ledger = keys.ledger(name, "bf_A");
  await redis.hset(ledger, { control: "running", ...counters });
  const planes = (["settled", "failed", "queued"] as const).map((plane) =>
    keys.ledgerPlane(name, "bf_A", "", plane, 0),
  );
  const contents = await Promise.all(planes.map(async (key) => (await redis.getBuffer(key)) ?? ""));
  const call = (script: string, rows: number, bitmaps: readonly (Buffer | string)[] = contents) =>
    redis.eval(
      scriptText(script),
      2 + planes.length,
      ledger,
      keys.selected(name, "bf_A"),
      ...planes,
      "outcomes",
      rows,
      ...bitmaps,
    );
  const look = async () => ({
    ledger: await redis.hmget(ledger, "sealed", "row"),
    keys: await redis.exists(keys.selected(name, "bf_A"), ...planes),
  });
  return { name, ledger, contents, call, look };
}

// The wrapper reads the counters first. The script checks again, because a retry may have come in
// between.
test.each([
  { counters: {}, rows: 1, answer: "sealed" },
  { counters: { succeeded: 5 }, rows: 1, answer: "unsettled" },
  { counters: { succeeded: 7 }, rows: 1, answer: "unsettled" },
  { counters: { failed: 0 }, rows: 1, answer: "unsettled" },
  { counters: { skipped: 1 }, rows: 1, answer: "unsettled" },
  { counters: { canceled: 0 }, rows: 1, answer: "unsettled" },
  { counters: { queued: 1 }, rows: 1, answer: "unsettled" },
  { counters: { in_progress: 1 }, rows: 1, answer: "unsettled" },
  { counters: {}, rows: 0, answer: "changed" },
  { counters: {}, rows: 2, answer: "changed" },
])("seal_ledger: $answer with $rows rows and the counters $counters", async (row) => {
  const { call, look } = await settledLedger(row.counters);
  const before = await look();
  expect(await call("seal_ledger", row.rows)).toEqual([row.answer]);
  const after = await look();
  if (row.answer === "sealed") {
    expect(after).toEqual({ ledger: ["outcomes", expect.any(String)], keys: 0 });
    expect(await call("seal_ledger", row.rows)).toEqual(["stands"]);
  } else expect(after).toEqual(before);
});

test.each([0, 1, 2])("seal_ledger: bitmap %i has changed since the caller read it", async (at) => {
  const { call, look, contents } = await settledLedger();
  const before = await look();
  const read = contents.map((bytes, index) => (index === at ? "\u0001" : bytes));
  expect(await call("seal_ledger", 1, read)).toEqual(["changed"]);
  expect(await look()).toEqual(before);
});

test("seal_ledger: there is no ledger", async () => {
  const { call, look, ledger } = await settledLedger();
  await store.redis.del(ledger);
  const before = await look();
  expect(await call("seal_ledger", 1)).toEqual(["changed"]);
  expect(await look()).toEqual(before);
});

test("seal_ledger: a long row of the selection keeps its key", async () => {
  const { call, look, name } = await settledLedger();
  const row = "r".repeat(61);
  await store.redis.hset(store.keys.selected(name, "bf_A"), 0, row);
  expect(await call("seal_ledger", 1)).toEqual(["sealed"]);
  expect(await look()).toEqual({ ledger: ["outcomes", null], keys: 1 });
});

test.each([
  { sealed: "outcomes", rows: 1, answer: "unsealed" },
  { sealed: "others", rows: 1, answer: "changed" },
  { sealed: "outcomes", rows: 2, answer: "changed" },
])("unseal_ledger: $answer if the field is $sealed and the caller read $rows rows", async (row) => {
  const { call, look, ledger, name } = await settledLedger();
  const selected = await store.redis.hgetall(store.keys.selected(name, "bf_A"));
  await call("seal_ledger", 1);
  await store.redis.hset(ledger, "sealed", row.sealed);
  const before = await look();
  expect(await call("unseal_ledger", row.rows)).toEqual([row.answer]);
  if (row.answer === "changed") {
    expect(await look()).toEqual(before);
    return;
  }
  expect(await look()).toEqual({ ledger: [null, null], keys: 3 });
  expect(await store.redis.hgetall(store.keys.selected(name, "bf_A"))).toEqual(selected);
});

test.each(["seal_ledger", "unseal_ledger"])(
  "%s: refused while the asset is reset",
  async (script) => {
    const { call, look, name } = await settledLedger();
    await store.redis.hset(store.keys.meta(name), "operation", "reset");
    const before = await look();
    await expect(call(script, 1)).rejects.toThrow("CHANGING reset");
    expect(await look()).toEqual(before);
  },
);
