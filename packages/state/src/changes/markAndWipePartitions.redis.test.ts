import { expect, test } from "vitest";
import { markPartitions, scriptText, wipePartitions } from "../index.ts";
import { openRecordScene, type RecordRow } from "./recordScene.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();

interface ChangeRow {
  readonly what: string;
  readonly before: RecordRow;
  /** Ranges of ordinals with both ends. */
  readonly partitions: string;
  /** How many changed, and how many were left out. */
  readonly answer: readonly [changed: number, leftOut: number];
  readonly after: RecordRow;
}

/** The same state for each ordinal of a range with both ends. */
function each(first: number, last: number, state: string): RecordRow {
  return Object.fromEntries(
    Array.from({ length: last - first + 1 }, (_, at) => [first + at, state]),
  );
}

function titled(rows: readonly ChangeRow[]) {
  return rows.map((row) => [row.what, row] as const);
}

const ran = "materialized record earlier metadata attempts";
const failed = "failed record earlier error attempts";
const marked = "materialized marked";
/** Failed before it was marked. */
const remarked = "materialized marked earlier attempts";
/** Failed before, and runs again. */
const runsAgain = "failed running record earlier error attempts";

const marks: readonly ChangeRow[] = [
  {
    what: "missing partitions get a record, each",
    before: {},
    partitions: "1-3 6 127",
    answer: [5, 0],
    after: { ...each(1, 3, marked), 6: marked, 127: marked },
  },
  {
    what: "a failed partition loses its failure and its error",
    before: { 3: failed },
    partitions: "3",
    answer: [1, 0],
    after: { 3: remarked },
  },
  {
    what: "a materialized partition gets a new record and keeps its metadata",
    before: { 3: ran },
    partitions: "3",
    answer: [1, 0],
    after: { 3: "materialized marked earlier metadata attempts" },
  },
  {
    what: "its neighbors keep everything",
    before: { 2: failed, 3: failed, 4: failed, 5: failed, 6: ran, 200: failed },
    partitions: "3-4",
    answer: [2, 0],
    after: {
      ...{ 2: failed, 5: failed, 6: ran, 200: failed },
      ...each(3, 4, remarked),
    },
  },
  {
    what: "a running partition is left out",
    before: { 2: "running", 3: runsAgain },
    partitions: "1-4",
    answer: [2, 2],
    after: {
      1: marked,
      2: "running",
      3: runsAgain,
      4: marked,
    },
  },
  {
    what: "running partitions alone are left as they are",
    before: { 2: "running", 3: "materialized running record" },
    partitions: "2-3",
    answer: [0, 2],
    after: { 2: "running", 3: "materialized running record" },
  },
  {
    what: "a run of partitions continues on the next page",
    before: { 126: failed, 129: failed, 130: failed },
    partitions: "126-129",
    answer: [4, 0],
    after: {
      ...each(127, 128, marked),
      ...{ 126: remarked },
      ...{ 129: remarked, 130: failed },
    },
  },
  {
    what: "whole pages are marked, and the page between them is not",
    before: { 5: failed, 130: failed },
    partitions: "0-127 256-383",
    answer: [256, 0],
    after: {
      ...each(0, 127, marked),
      ...each(256, 383, marked),
      ...{ 5: remarked, 130: failed },
    },
  },
];

test.each(titled(marks))("mark_partitions: %s", async (_, row) => {
  const scene = await openRecordScene(store, row.before);
  const [changed, leftOut] = row.answer;
  const subset = scene.subsetOf(row.partitions);
  expect(await markPartitions(store, scene.registered, subset, { what: "marked" })).toEqual({
    changed,
    leftOut,
  });
  expect(await scene.readState()).toEqual(row.after);
});

const wipes: readonly ChangeRow[] = [
  {
    what: "the only partition of a page leaves no key",
    before: { 3: ran, 127: "failed record" },
    partitions: "3 127",
    answer: [2, 0],
    after: {},
  },
  {
    what: "a missing partition counts as changed",
    before: {},
    partitions: "3",
    answer: [1, 0],
    after: {},
  },
  {
    what: "each part goes, and the neighbors keep everything",
    before: { 2: ran, 3: ran, 4: failed, 5: failed, 200: failed },
    partitions: "3-4",
    answer: [2, 0],
    after: { 2: ran, 5: failed, 200: failed },
  },
  {
    what: "notes without a record go too",
    before: { 3: "error metadata attempts", 4: "error metadata attempts" },
    partitions: "3",
    answer: [1, 0],
    after: { 4: "error metadata attempts" },
  },
  {
    what: "records without earlier ones and without notes go",
    before: { 2: "materialized record", 3: "materialized record" },
    partitions: "2",
    answer: [1, 0],
    after: { 3: "materialized record" },
  },
  {
    what: "a running partition is left out",
    before: { 2: "running", 3: "materialized running record error", 4: ran },
    partitions: "1-4",
    answer: [2, 2],
    after: { 2: "running", 3: "materialized running record error" },
  },
  {
    what: "running partitions alone are left as they are",
    before: { 2: "running", 3: "failed running record error" },
    partitions: "2-3",
    answer: [0, 2],
    after: { 2: "running", 3: "failed running record error" },
  },
  {
    what: "a run of partitions continues on the next page",
    before: { ...each(125, 127, failed), ...each(128, 130, ran) },
    partitions: "126-129",
    answer: [4, 0],
    after: { 125: failed, 130: ran },
  },
  {
    what: "whole pages leave no key, and the page between them stays",
    before: { 0: ran, 127: failed, 130: failed, 256: failed },
    partitions: "0-127 256-383",
    answer: [256, 0],
    after: { 130: failed },
  },
  {
    what: "a run that ends with a byte of the bitmap",
    before: { 7: ran, 8: ran, 15: failed, 16: failed },
    partitions: "7 9-15",
    answer: [8, 0],
    after: { 8: ran, 16: failed },
  },
  {
    what: "all of a page but its last partition",
    before: { 0: ran, 126: failed, 127: failed },
    partitions: "0-126",
    answer: [127, 0],
    after: { 127: failed },
  },
];

test.each(titled(wipes))("wipe_partitions: %s", async (_, row) => {
  const scene = await openRecordScene(store, row.before);
  const [changed, leftOut] = row.answer;
  const subset = scene.subsetOf(row.partitions);
  expect(await wipePartitions(store, scene.registered, subset, { what: "wiped" })).toEqual({
    changed,
    leftOut,
  });
  expect(await scene.readState()).toEqual(row.after);
});

test.each([
  { script: "mark_partitions", more: [1], pageKeys: ["records", "errors"] },
  { script: "wipe_partitions", more: [], pageKeys: ["records", "errors", "metadata", "attempts"] },
] as const)(
  "$script: the audit stream gets one entry for an operation, and keeps the newest 1,000",
  async ({ script, more, pageKeys }) => {
    const { redis, keys } = store;
    const { registered } = await openRecordScene(store, {});
    const name = registered.asset.name;
    const keyList = [
      ...[keys.meta(name), keys.audit(name), keys.assetScratch(name)],
      ...(["in_progress", "materialized", "failed"] as const).map((plane) =>
        keys.plane(name, "", plane, 0),
      ),
      ...pageKeys.map((kind) => keys[kind](name, "", 0)),
    ];
    const change = (epoch: string, operation: string, entry: string) => {
      const args = [epoch, Buffer.from([0x80]), ...more, operation, entry, 0];
      return redis.eval(scriptText(script), keyList.length, ...keyList, ...args);
    };
    const audit = async () => (await redis.xrange(keys.audit(name), "-", "+")).map(([, f]) => f);
    const { epoch } = registered;
    expect(await change("another", "op1", "{}")).toEqual(["unregistered"]);
    expect(await change(epoch, "op1", "")).toEqual(["changed", 1, 0]);
    expect(await audit()).toEqual([]);
    // A repeated call, as after a lost answer.
    for (const operation of ["op1", "op1", "op2"])
      expect(await change(epoch, operation, `{"of":"${operation}"}`)).toEqual(["changed", 1, 0]);
    expect(await audit()).toEqual([
      ["operation", "op1", "entry", '{"of":"op1"}'],
      ["operation", "op2", "entry", '{"of":"op2"}'],
    ]);
    const filling = redis.pipeline();
    for (let at = 0; at < 998; at++) filling.xadd(keys.audit(name), "*", "operation", `old${at}`);
    await filling.exec();
    expect(await audit()).toHaveLength(1_000);
    await change(epoch, "op3", "{}");
    const kept = await audit();
    expect([kept.length, kept[0]?.[1], kept.at(-1)?.[1]]).toEqual([1_000, "op2", "op3"]);
  },
);
