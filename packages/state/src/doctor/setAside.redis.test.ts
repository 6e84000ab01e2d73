import { beforeEach, expect, test } from "vitest";
import { setAsideBackfill } from "../index.ts";
import { UnreadableBackfillError } from "../redis/unreadableBackfill.ts";
import { setAsideDays, setAsideEntries, setAsideKey } from "./setAside.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();
const root = store.keys.backfillRoot;

beforeEach(async () => {
  const left = await store.redis.keys(`${root}:*`);
  if (left.length > 0) await store.redis.del(...left);
});

/** Days that a key is still kept, rounded; undefined if it does not expire. */
async function daysLeft(key: string): Promise<number | undefined> {
  const leftMs = await store.redis.pttl(key);
  return leftMs < 0 ? undefined : Math.round(leftMs / 86_400_000);
}

test.each([
  { type: "none", types: ["hash"], isRenamed: false },
  { type: "string", types: ["string"], isRenamed: false },
  { type: "string", types: ["hash", "string"], isRenamed: false },
  { type: "string", types: ["hash", "set"], isRenamed: true },
  { type: "list", types: ["hash"], isRenamed: true },
] as const)(
  "set_aside_key: a key of type $type that should be $types is renamed: $isRenamed",
  async ({ type, types, isRenamed }) => {
    const { redis } = store;
    const key = `${root}:any`;
    if (type === "string") await redis.set(key, "x");
    if (type === "list") await redis.rpush(key, "x");
    await setAsideKey(store, key, types);
    expect(await redis.exists(key)).toBe(isRenamed || type === "none" ? 0 : 1);
    const [kept, ...more] = await redis.keys(`${root}:set_aside:*:any`);
    expect(more).toEqual([]);
    if (!isRenamed) expect(kept).toBeUndefined();
    else if (kept === undefined) throw new Error("nothing is kept");
    else expect([await redis.type(kept), await daysLeft(kept)]).toEqual([type, setAsideDays]);
  },
);

interface EntriesRow {
  readonly type: "hash" | "set" | "zset" | "list" | "string";
  /** Pairs of an entry and its value, which the caller read. */
  readonly entries: readonly (readonly [entry: string, value: string])[];
  readonly count: number;
  readonly left: unknown;
  readonly kept: Readonly<Record<string, string>>;
}

/** The key holds a, b and c: with the values 1, 2 and 3 if it is a hash or a sorted set. */
const rows: readonly EntriesRow[] = [
  {
    ...{
      type: "hash",
      entries: [
        ["a", "1"],
        ["c", "3"],
      ],
      count: 2,
    },
    ...{ left: { b: "2" }, kept: { a: "1", c: "3" } },
  },
  {
    // The value of a is another one by now; there is no z.
    ...{
      type: "hash",
      entries: [
        ["a", "9"],
        ["z", "1"],
        ["b", "2"],
      ],
      count: 1,
    },
    ...{ left: { a: "1", c: "3" }, kept: { b: "2" } },
  },
  {
    ...{
      type: "set",
      entries: [
        ["a", ""],
        ["z", ""],
        ["c", ""],
      ],
      count: 2,
    },
    ...{ left: ["b"], kept: { a: "", c: "" } },
  },
  {
    ...{
      type: "zset",
      entries: [
        ["b", ""],
        ["z", ""],
      ],
      count: 1,
    },
    ...{ left: ["a", "c"], kept: { b: "2" } },
  },
  {
    ...{
      type: "list",
      entries: [
        ["b", ""],
        ["z", ""],
      ],
      count: 1,
    },
    ...{ left: ["a", "c"], kept: { b: "" } },
  },
  { type: "set", entries: [["z", ""]], count: 0, left: ["a", "b", "c"], kept: {} },
  { type: "string", entries: [["a", ""]], count: 0, left: "a", kept: {} },
];

test.each(rows)(
  "set_aside_entries: of a $type, $entries leave $left",
  async ({ type, entries, count, left, kept }) => {
    const { redis } = store;
    const [key, aside] = [`${root}:any`, `${root}:set_aside:any`];
    if (type === "hash") await redis.hset(key, { a: 1, b: 2, c: 3 });
    if (type === "set") await redis.sadd(key, "a", "b", "c");
    if (type === "zset") await redis.zadd(key, 1, "a", 2, "b", 3, "c");
    if (type === "list") await redis.rpush(key, "b", "a", "b", "c");
    if (type === "string") await redis.set(key, "a");
    const page = entries.map(([entry, value]) => ({ entry, value }));
    expect(await setAsideEntries(store, key, page)).toBe(count);
    expect(await contentsOf(key)).toEqual(left);
    expect(await redis.hgetall(aside)).toEqual(kept);
    expect(await daysLeft(aside)).toBe(count > 0 ? setAsideDays : undefined);
  },
);

async function contentsOf(key: string): Promise<unknown> {
  const { redis } = store;
  switch (await redis.type(key)) {
    case "hash":
      return redis.hgetall(key);
    case "set":
      return (await redis.smembers(key)).toSorted();
    case "zset":
      return redis.zrange(key, 0, "-1");
    case "list":
      return redis.lrange(key, 0, -1);
    default:
      return redis.get(key);
  }
}

test("set_aside_entries: the fields of a stream's entry are kept as JSON", async () => {
  const { redis } = store;
  const key = `${root}:any`;
  for (const id of ["1-1", "1-2"]) await redis.xadd(key, id, "n", id, "s", "x");
  const entries = ["1-2", "7-7"].map((entry) => ({ entry, value: "" }));
  expect(await setAsideEntries(store, key, entries)).toBe(1);
  expect(await redis.xrange(key, "-", "+")).toEqual([["1-1", ["n", "1-1", "s", "x"]]]);
  expect(await redis.hgetall(`${root}:set_aside:any`)).toEqual({ "1-2": '["n","1-2","s","x"]' });
});

/** Which of the keys and lists of all backfills hold it. */
async function placesOf(id: string): Promise<string[]> {
  const { redis, keys } = store;
  const known = {
    header: await redis.exists(keys.backfill(id)),
    kept: await redis.exists(keys.setAsideBackfill(id)),
    lease: await redis.exists(keys.backfillLease(id)),
    index: await redis.zscore(keys.backfillIndex, id),
    active: await redis.sismember(keys.activeBackfills, id),
    running: await redis.zscore(keys.statusList("running"), id),
    ended: await redis.zscore(keys.endedBackfills, id),
  };
  return Object.entries(known).flatMap(([place, found]) =>
    found === null || found === 0 ? [] : [place],
  );
}

/** @param header undefined: the key is a list */
async function unreadable(id: string, header: Readonly<Record<string, string>> | undefined) {
  const { redis, keys } = store;
  if (header === undefined) await redis.rpush(keys.backfill(id), "x");
  else if (Object.keys(header).length > 0) await redis.hset(keys.backfill(id), header);
  await redis.zadd(keys.backfillIndex, 1, id);
  await redis.sadd(keys.activeBackfills, id);
  await redis.zadd(keys.statusList("running"), 1, id);
  await redis.zadd(keys.endedBackfills, 1, id);
  await redis.set(keys.backfillLease(id), "p1");
}

const broken = { status: "running", header: "{" };

test.each([
  { header: broken, field: "header", text: "{", word: "set_aside" },
  { header: broken, field: "settings", text: undefined, word: "set_aside" },
  { header: undefined, field: "header", text: undefined, word: "set_aside" },
  // The field was repaired, written or lost since the caller read it.
  { header: broken, field: "header", text: "[", word: "changed" },
  { header: broken, field: "header", text: undefined, word: "changed" },
  { header: broken, field: "settings", text: "{", word: "changed" },
  { header: { ...broken, deleting: "1" }, field: "header", text: "{", word: "changed" },
  { header: {}, field: "header", text: undefined, word: "unknown" },
])(
  "set_aside_backfill: $word, where the header is $header and its $field was $text",
  async ({ header, field, text, word }) => {
    const { redis, keys } = store;
    await unreadable("bf_A", header);
    await unreadable("bf_B", broken);
    const [before, other] = [await placesOf("bf_A"), await placesOf("bf_B")];
    const what = { field, reason: "cannot be read", ...(text === undefined ? {} : { text }) };
    const error = new UnreadableBackfillError("bf_A", what);
    expect(await setAsideBackfill(store, error)).toBe(word);
    expect(await placesOf("bf_B")).toEqual(other);
    const notes = await redis.hgetall(keys.setAsideBackfills);
    if (word !== "set_aside") {
      expect(await placesOf("bf_A")).toEqual(before);
      expect(notes).toEqual({});
      return;
    }
    expect(await placesOf("bf_A")).toEqual(["kept"]);
    if (header !== undefined)
      expect(await redis.hgetall(keys.setAsideBackfill("bf_A"))).toEqual(header);
    const { atMs, ...note }: Record<string, unknown> = JSON.parse(notes["bf_A"] ?? "");
    expect(note).toEqual(what);
    const [second] = await redis.time();
    expect(Math.abs(Number(atMs) - Number(second) * 1_000)).toBeLessThan(60_000);
    expect(Object.keys(notes)).toEqual(["bf_A"]);
  },
);
