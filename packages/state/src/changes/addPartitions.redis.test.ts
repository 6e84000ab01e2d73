import { subsetFromKeys } from "@infill/partitions";
import { expect, test } from "vitest";
import { addPartitions, scriptText } from "../index.ts";
import { type LedgerRow, openTableScene, type TableScene } from "../store/tableScene.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();

/** Sends a script with the keys and arguments of its header. */
function send(
  script: string,
  keys: readonly string[],
  args: readonly (string | number | Buffer)[],
) {
  return store.redis.eval(scriptText(script), keys.length, ...keys, ...args);
}

function extend(name: string, id: string, known: number): Promise<unknown> {
  const { keys } = store;
  const keyList = [keys.ledger(name, id), keys.selected(name, id)];
  keyList.push(keys.settlements(name), keys.meta(name));
  return send("extend_ledger", keyList, [id, known, 3, "row of two", "row of one"]);
}

/** How many partitions a ledger selects, and its rows but for the first, which the scene wrote. */
async function selection(name: string, id: string) {
  const { redis, keys } = store;
  const { 0: _, ...rows } = await redis.hgetall(keys.selected(name, id));
  return { selected: await redis.hget(keys.ledger(name, id), "selected"), rows };
}

test("extend_ledger: adds rows behind those that the caller read", async () => {
  const scene = await openTableScene(store, { ledgers: { bf_A: { queued: [0] } } });
  const { name } = scene.registered.asset;
  const known = await scene.readState();
  expect(await extend(name, "bf_A", 1)).toEqual(["extended"]);
  expect(await selection(name, "bf_A")).toEqual({
    selected: "11",
    rows: { 1: "row of two", 2: "row of one" },
  });
  expect(await scene.readState()).toEqual({ ...known, told: ["bf_A  c 0;"] });
  // The rows that the caller read are outdated now.
  expect(await extend(name, "bf_A", 1)).toEqual(["outdated"]);
  expect(await selection(name, "bf_A")).toMatchObject({ selected: "11" });
});

test.each([
  { word: "outdated", id: "bf_A", rows: 0, sealed: undefined },
  { word: "outdated", id: "bf_A", rows: 2, sealed: undefined },
  { word: "sealed", id: "bf_A", rows: 1, sealed: "any" },
  { word: "unknown", id: "bf_none", rows: 0, sealed: undefined },
])(
  "extend_ledger: answers $word to a caller that read $rows rows of $id, sealed $sealed",
  async ({ word, id, rows, sealed }) => {
    const scene = await openTableScene(store, { ledgers: { bf_A: {} } });
    const { name } = scene.registered.asset;
    if (sealed !== undefined) await store.redis.hset(store.keys.ledger(name, id), "sealed", sealed);
    const known = [await scene.readState(), await selection(name, id)];
    expect(await extend(name, id, rows)).toEqual([word]);
    expect([await scene.readState(), await selection(name, id)]).toEqual(known);
    expect(await store.redis.exists(store.keys.ledger(name, "bf_none"))).toBe(0);
  },
);

interface RestoreRow {
  readonly what: string;
  readonly before: LedgerRow;
  readonly partitions: readonly number[];
  readonly restored: number;
  readonly after: LedgerRow;
  readonly told: readonly string[];
}

const restorations: readonly RestoreRow[] = [
  {
    what: "canceled partitions are missing again",
    before: { settled: [0, 1, 2, 3], canceled: [0, 1, 2] },
    partitions: [0, 2],
    restored: 2,
    after: {
      ...{ settled: [1, 3], canceled: [1] },
      counts: "0 queued, 0 in progress, 1 succeeded, 0 failed, 1 canceled",
    },
    told: ["bf_A  c 0;"],
  },
  {
    what: "dropped partitions are no longer dropped",
    before: { settled: [0, 1, 2], canceled: [0, 1, 2], dropped: [0, 1] },
    partitions: [1, 2],
    restored: 2,
    after: {
      ...{ settled: [0], canceled: [0], dropped: [0] },
      counts: "0 queued, 0 in progress, 0 succeeded, 0 failed, 1 canceled",
    },
    told: ["bf_A  c 0;"],
  },
  {
    what: "partitions that were not canceled are left alone",
    before: { queued: [4], settled: [0, 1, 2, 3], failed: [1], skipped: [2], canceled: [3] },
    partitions: [0, 1, 2, 4, 5],
    restored: 0,
    after: {
      ...{ queued: [4], settled: [0, 1, 2, 3], failed: [1], skipped: [2], canceled: [3] },
      counts: "1 queued, 0 in progress, 1 succeeded, 1 failed, 1 skipped, 1 canceled",
    },
    told: [],
  },
];

test.each(restorations.map((row) => [row.what, row] as const))(
  "restore_partitions: %s",
  async (_, { before, partitions, restored, after, told }) => {
    const scene = await openTableScene(store, { ledgers: { bf_A: before, bf_B: before } });
    const { bf_B } = (await scene.readState()).ledgers;
    expect(await restore(scene, partitions)).toBe(restored);
    expect(await scene.readState()).toEqual({ ledgers: { bf_A: after, bf_B }, told });
  },
);

function restore({ registered }: TableScene, ordinals: readonly number[]): Promise<number> {
  const names = ordinals.map((ordinal) => `k${ordinal}`);
  const subset = subsetFromKeys(registered.asset.partitions, names, { nowMs: 0 });
  return addPartitions(store, registered, "bf_A", subset);
}

test("restore_partitions: a sealed ledger must be unsealed first", async () => {
  const scene = await openTableScene(store, { ledgers: { bf_A: { settled: [0], canceled: [0] } } });
  const { name } = scene.registered.asset;
  const { keys } = store;
  await store.redis.hset(keys.ledger(name, "bf_A"), "sealed", "any");
  const known = await scene.readState();
  const plane = (which: "settled" | "canceled" | "dropped") =>
    keys.ledgerPlane(name, "bf_A", "", which, 0);
  const keyList = [keys.ledger(name, "bf_A"), plane("settled"), plane("canceled")];
  keyList.push(keys.scratch(name, "bf_A"), keys.settlements(name), keys.meta(name));
  const args = ["bf_A", "", 0, Buffer.from([0x80])];
  expect(await send("restore_partitions", [...keyList, plane("dropped")], args)).toEqual([
    "sealed",
  ]);
  expect(await scene.readState()).toEqual(known);
});

test("extend_ledger, restore_partitions: are refused while the asset changes", async () => {
  const scene = await openTableScene(store, { ledgers: { bf_A: { settled: [0], canceled: [0] } } });
  const { name } = scene.registered.asset;
  await store.redis.hset(store.keys.meta(name), "operation", "reset");
  const known = [await scene.readState(), await selection(name, "bf_A")];
  await expect(extend(name, "bf_A", 1)).rejects.toThrow("CHANGING reset");
  await expect(restore(scene, [0])).rejects.toMatchObject({ code: "INFILL_ASSET_CHANGING" });
  expect([await scene.readState(), await selection(name, "bf_A")]).toEqual(known);
});
