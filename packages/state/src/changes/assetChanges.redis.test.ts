import { expect, test } from "vitest";
import { scriptText } from "../index.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();
let next = 1;

/** The fields of an asset's meta key, without those that no operation touches. */
type Meta = Readonly<Record<string, string>>;

interface OperationRow {
  readonly script: "begin_asset_change" | "turn_asset_change" | "end_asset_change";
  readonly before: Meta;
  readonly args: readonly string[];
  readonly reply: readonly string[];
  readonly after: Meta;
  /** The audit stream's entries; there is one before. Default: that one. */
  readonly audit?: readonly string[];
}

const untouched = { code_version: "7" };
const earlier = "op0 {}";

const rows: readonly OperationRow[] = [
  {
    ...{ script: "begin_asset_change", args: ["reset", "e2"], reply: ["begun"] },
    before: { epoch: "e1" },
    after: { operation: "reset", epoch: "e2", epoch_before: "e1" },
  },
  {
    ...{ script: "begin_asset_change", args: ["reset", "e2"], reply: ["begun"] },
    before: {},
    after: { operation: "reset", epoch: "e2" },
  },
  {
    ...{ script: "begin_asset_change", args: ["reset", "e3"], reply: ["stands"] },
    before: { operation: "reset", epoch: "e2", epoch_before: "e1" },
    after: { operation: "reset", epoch: "e2", epoch_before: "e1" },
  },
  {
    ...{ script: "begin_asset_change", args: ["reset", "e3"], reply: ["busy", "rename b"] },
    before: { operation: "rename b", epoch: "e2", epoch_before: "e1" },
    after: { operation: "rename b", epoch: "e2", epoch_before: "e1" },
  },
  {
    ...{ script: "turn_asset_change", args: ["rename b", "unrename b", "0"], reply: ["turned"] },
    before: { operation: "rename b", epoch: "e2" },
    after: { operation: "unrename b", epoch: "e2" },
  },
  {
    ...{ script: "turn_asset_change", args: ["rename b", "unrename b", "0"], reply: ["turned"] },
    before: { operation: "unrename b", moved: "1" },
    after: { operation: "unrename b", moved: "1" },
  },
  {
    ...{ script: "turn_asset_change", args: ["rename b", "unrename b", "0"], reply: ["moved"] },
    before: { operation: "rename b", moved: "1" },
    after: { operation: "rename b", moved: "1" },
  },
  {
    ...{ script: "turn_asset_change", args: ["rename b", "reset", "1"], reply: ["turned"] },
    before: { operation: "rename b", moved: "1" },
    after: { operation: "reset", moved: "1" },
  },
  {
    ...{
      script: "turn_asset_change",
      args: ["rename b", "reset", "1"],
      reply: ["other", "remove"],
    },
    before: { operation: "remove" },
    after: { operation: "remove" },
  },
  {
    ...{ script: "turn_asset_change", args: ["rename b", "reset", "1"], reply: ["other", ""] },
    before: { epoch: "e1" },
    after: { epoch: "e1" },
  },
  {
    ...{ script: "end_asset_change", args: ["reset", "undone", "", "op1"], reply: ["ended"] },
    before: {
      operation: "reset",
      epoch: "e2",
      epoch_before: "e1",
      fingerprint: "f",
      backfills: "3",
    },
    after: { epoch: "e1", fingerprint: "f", backfills: "3" },
  },
  {
    ...{ script: "end_asset_change", args: ["reset", "undone", "", "op1"], reply: ["ended"] },
    before: { operation: "reset", epoch: "e2" },
    after: {},
  },
  {
    ...{ script: "end_asset_change", args: ["reset", "reset", "{}", "op1"], reply: ["ended"] },
    before: {
      operation: "reset",
      epoch: "e2",
      epoch_before: "e1",
      fingerprint: "f",
      backfills: "3",
    },
    ...{ after: {}, audit: [earlier, "op1 {}"] },
  },
  {
    ...{ script: "end_asset_change", args: ["keep b", "kept", "{}", "op0"], reply: ["ended"] },
    before: { operation: "keep b", epoch: "e2", epoch_before: "e1", moved: "1", fingerprint: "f" },
    after: { epoch: "e2", fingerprint: "f" },
  },
  {
    ...{ script: "end_asset_change", args: ["reset", "reset", "{}", "op1"], reply: ["outdated"] },
    before: { operation: "remove", epoch: "e2" },
    after: { operation: "remove", epoch: "e2" },
  },
  {
    ...{ script: "end_asset_change", args: ["reset", "reset", "{}", "op1"], reply: ["outdated"] },
    before: { epoch: "e1", fingerprint: "f" },
    after: { epoch: "e1", fingerprint: "f" },
  },
];

test.each(rows)(
  "$script: $args at $before",
  async ({ script, before, args, reply, after, audit }) => {
    const { redis, keys } = store;
    const name = `changing${next++}`;
    const keyList = [keys.meta(name), keys.audit(name)];
    await redis.hset(keys.meta(name), { ...untouched, ...before });
    await redis.xadd(keys.audit(name), "*", "operation", "op0", "entry", "{}");
    const given = script === "end_asset_change" ? keyList : keyList.slice(0, 1);
    expect(await redis.eval(scriptText(script), given.length, ...given, ...args)).toEqual(reply);
    expect(await redis.hgetall(keys.meta(name))).toEqual({ ...untouched, ...after });
    const entries = await redis.xrange(keys.audit(name), "-", "+");
    expect(entries.map(([, [, operation, , entry]]) => `${operation} ${entry}`)).toEqual(
      audit ?? [earlier],
    );
  },
);

test("end_asset_change: of a removed asset neither meta key nor audit stream is left", async () => {
  const { redis, keys } = store;
  const keyList = [keys.meta("gone"), keys.audit("gone")];
  await redis.hset(keys.meta("gone"), { operation: "remove", ...untouched });
  await redis.xadd(keys.audit("gone"), "*", "operation", "op0", "entry", "{}");
  const args = ["remove", "removed", "{}", "op1"];
  expect(await redis.eval(scriptText("end_asset_change"), 2, ...keyList, ...args)).toEqual([
    "ended",
  ]);
  expect(await redis.keys(`${keys.root("gone")}*`)).toEqual([]);
});

/** Keys "a" and "b" of an asset under an operation, a copy of "a" and one that is prepared for it. */
async function keysUnder(operation: string) {
  const { redis, keys } = store;
  const name = `keys${next++}`;
  const meta = keys.meta(name);
  const root = keys.root(name);
  const [a, b, none] = [`${root}:a`, `${root}:b`, `${root}:none`] as const;
  if (operation !== "") await redis.hset(meta, "operation", operation);
  await redis.hset(a, "x", "old");
  await redis.hset(b, "x", "old");
  await redis.hset(keys.next(a), "x", "new", "y", "new");
  const dump = (await redis.dumpBuffer(keys.next(a))) ?? Buffer.alloc(0);
  const calls = {
    delete_asset_keys: { keyList: [a, none, b], args: [], reply: ["deleted", 2] },
    install_asset_keys: {
      ...{ keyList: [keys.next(a), a, keys.next(b), b], args: [], reply: ["installed"] },
    },
    copy_asset_fields: { keyList: [a], args: ["y", "1", "z", "2"], reply: ["copied"] },
    restore_asset_keys: {
      ...{ keyList: [a, none], args: [0, dump, 3_600_000, dump], reply: ["copied"] },
    },
  };
  const look = async () => ({
    a: await redis.hgetall(a),
    b: await redis.hgetall(b),
    none: await redis.hgetall(none),
    prepared: await redis.exists(keys.next(a)),
    hours: [await redis.pttl(a), await redis.pttl(none)].map((ms) =>
      ms < 0 ? 0 : Math.ceil(ms / 3_600_000),
    ),
  });
  const send = (script: keyof typeof calls) => {
    const { keyList, args, reply } = calls[script];
    const all = [meta, ...keyList];
    const answer = redis.eval(scriptText(script), all.length, ...all, "rename b", ...args);
    return { answer, reply };
  };
  return { look, send };
}

const fresh = { x: "new", y: "new" };
const old = { x: "old" };

// Hours are 0 where a key does not expire or does not exist.
const writers = [
  ["delete_asset_keys", { a: {}, b: {}, none: {}, prepared: 1, hours: [0, 0] }],
  ["install_asset_keys", { a: fresh, b: old, none: {}, prepared: 0, hours: [0, 0] }],
  [
    "copy_asset_fields",
    { a: { ...old, y: "1", z: "2" }, b: old, none: {}, prepared: 1, hours: [0, 0] },
  ],
  ["restore_asset_keys", { a: fresh, b: old, none: fresh, prepared: 1, hours: [0, 1] }],
] as const;

test.each(writers)("%s: writes for the operation that is under way", async (script, after) => {
  const { look, send } = await keysUnder("rename b");
  const { answer, reply } = send(script);
  expect(await answer).toEqual(reply);
  expect(await look()).toEqual(after);
});

test.each(
  writers.flatMap(([script]) => ["rename c", ""].map((operation) => [script, operation] as const)),
)('%s: writes nothing while "%s" is under way', async (script, operation) => {
  const { look, send } = await keysUnder(operation);
  const before = await look();
  expect(await send(script).answer).toEqual(["outdated"]);
  expect(await look()).toEqual(before);
});
