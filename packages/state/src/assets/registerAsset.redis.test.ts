import { expect, test } from "vitest";
import { keyTable, readKeys, writeKeys, callOnKeys } from "../store/keyTable.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();
const root = store.keys.root("sales");

const register = (version = "", seen = "", layout = "") => ({
  keys: [":meta", ":code_versions", ":audit"],
  args: ["f1", "e1", version, seen, layout],
});
const mine = { fingerprint: "f1", epoch: "e1" };
const other = { fingerprint: "f0", epoch: "e0" };

keyTable(store, root, "register_asset", [
  {
    title: "a new asset",
    before: {},
    ...register(),
    reply: ["registered", "e1", 0, ""],
    changes: { ":meta": mine },
    again: ["registered", "e1", 0, ""],
  },
  {
    title: "a new asset with a layout and a code version",
    before: {},
    ...register("v1", "", "8x4096"),
    reply: ["registered", "e1", 1, "8x4096"],
    changes: { ":meta": { ...mine, tile: "8x4096" }, ":code_versions": { v1: "1" } },
    again: ["registered", "e1", 1, "8x4096"],
  },
  {
    title: "a known definition keeps its epoch and its layout",
    before: { ":meta": { ...mine, epoch: "e0", tile: "1x2", backfills: "3" } },
    ...register("", "", "8x4096"),
    reply: ["registered", "e0", 0, "1x2"],
  },
  {
    title: "a known code version keeps its number, and a new one gets the next",
    before: { ":meta": mine, ":code_versions": { v0: "1", v1: "2", v2: "3" } },
    ...register("v1"),
    reply: ["registered", "e1", 2, ""],
  },
  {
    title: "a new code version gets the next number",
    before: { ":meta": mine, ":code_versions": { v0: "1", v2: "2" } },
    ...register("v1"),
    reply: ["registered", "e1", 3, ""],
    changes: { ":code_versions": { v0: "1", v2: "2", v1: "3" } },
  },
  ...["{", "-1", "1.5", ""].map((number) => ({
    title: `refuses a code version whose number is "${number}"`,
    before: { ":meta": mine, ":code_versions": { v1: number } },
    ...register("v1"),
    reply: expect.stringMatching(/^UNREADABLE /),
  })),
  {
    title: "replaces a definition that was never used, with its layout",
    before: { ":meta": { ...other, tile: "1x2", settlements: "4" }, ":code_versions": { v0: "1" } },
    ...register(),
    reply: ["registered", "e1", 0, ""],
    changes: { ":meta": { ...mine, settlements: "4" } },
  },
  {
    title: "gives a definition that replaces an unused one its own layout",
    before: { ":meta": { ...other, tile: "1x2", backfills: "0" } },
    ...register("", "", "8x4096"),
    reply: ["registered", "e1", 0, "8x4096"],
    changes: { ":meta": { ...mine, tile: "8x4096", backfills: "0" } },
  },
  {
    title: "refuses over a definition that a backfill has used",
    before: { ":meta": { ...other, backfills: "2" } },
    ...register("v1", "", "8x4096"),
    reply: ["conflict", "f0", "e0 2 "],
  },
  {
    title: "refuses if the asset was used after the caller looked",
    before: { ":meta": { ...other, backfills: "3" } },
    ...register("", "e0 2 "),
    reply: ["conflict", "f0", "e0 3 "],
  },
  {
    title: "refuses if the definition was replaced after the caller looked",
    before: { ":meta": { ...other, backfills: "2" } },
    ...register("", "e9 2 "),
    reply: ["conflict", "f0", "e0 2 "],
  },
  {
    title: "replaces a definition if the caller found nothing in use",
    before: { ":meta": { ...other, backfills: "2" } },
    ...register("", "e0 2 "),
    reply: ["registered", "e1", 0, ""],
    changes: { ":meta": { ...mine, backfills: "2" } },
    again: ["registered", "e1", 0, ""],
  },
  {
    title: "a definition whose epoch is lost",
    before: { ":meta": { fingerprint: "f0", backfills: "2" } },
    ...register("", "e0 2 "),
    reply: ["conflict", "f0", " 2 "],
  },
  ...[mine, other].map((meta) => ({
    title: `refuses ${meta.fingerprint} while the asset is reset`,
    before: { ":meta": { ...meta, operation: "reset" } },
    ...register("v1"),
    reply: ["busy", "reset"],
  })),
]);

test("register_asset: a change by hand is a use, and so is a later one", async () => {
  await writeKeys(store, root, { ":meta": other, ":audit": { stream: ["operation o1"] } });
  const call = (seen: string) => callOnKeys(store, root, "register_asset", register("", seen));
  const before = await readKeys(store, root);
  const newest = async () => (await store.redis.xrevrange(`${root}:audit`, "+", "-"))[0]?.[0] ?? "";
  const seen = `e0 0 ${await newest()}`;
  expect(await call("")).toEqual(["conflict", "f0", seen]);
  expect(await readKeys(store, root)).toEqual(before);
  await store.redis.xadd(`${root}:audit`, "*", "operation", "o2");
  const later = `e0 0 ${await newest()}`;
  expect(await call(seen)).toEqual(["conflict", "f0", later]);
  expect(await call(later)).toEqual(["registered", "e1", 0, ""]);
});

const keys = (...names: readonly string[]) => ({ keys: [":registry:region"], args: names });

keyTable(store, root, "register_keys", [
  {
    title: "numbers the keys of a new dimension from 0",
    before: { ":registry:other": { us: "5" } },
    ...keys("us", "eu"),
    reply: [0, 1],
    changes: { ":registry:region": { us: "0", eu: "1" } },
    again: [0, 1],
  },
  {
    title: "keeps known ordinals, in whatever order, and gives new keys the next",
    before: { ":registry:region": { us: "0", eu: "1", gone: "2" } },
    ...keys("jp", "eu", "cn", "us"),
    reply: [3, 1, 4, 0],
    changes: { ":registry:region": { us: "0", eu: "1", gone: "2", jp: "3", cn: "4" } },
    again: [3, 1, 4, 0],
  },
  {
    title: "writes nothing where all are known",
    before: { ":registry:region": { us: "0", eu: "999999999" } },
    ...keys("eu", "us"),
    reply: [999_999_999, 0],
  },
  ...["{", "-1", "1.5", "", "1234567890"].map((ordinal) => ({
    title: `gives out none if a known ordinal is "${ordinal}"`,
    before: { ":registry:region": { us: "0", eu: ordinal } },
    ...keys("jp", "us", "eu"),
    reply: expect.stringMatching(/^UNREADABLE the ordinal of "eu" /),
  })),
  {
    title: "an unreadable ordinal of a key that nobody asks for holds nobody up",
    before: { ":registry:region": { us: "0", eu: "{" } },
    ...keys("us", "jp"),
    reply: [0, 2],
    changes: { ":registry:region": { us: "0", eu: "{", jp: "2" } },
  },
  {
    title: "refuses while the asset is removed",
    before: { ":meta": { operation: "remove" }, ":registry:region": { us: "0" } },
    ...keys("us", "jp"),
    reply: expect.stringMatching(/^CHANGING remove/),
  },
]);
