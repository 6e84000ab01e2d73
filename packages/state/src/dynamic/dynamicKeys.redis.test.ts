import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { dynamicPartitions, multi, staticPartitions } from "@infill/partitions";
import { DynamicKeySets } from "./dynamicKeySets.ts";
import { changeDynamicKeys, openStateStore, readDynamicKeyChanges } from "../index.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();
let name = "";
let next = 1;

beforeEach(() => {
  name = `regions ${next++} {x}:y`;
});

const by = { actor: "tester", reason: "" };
const add = (...keys: string[]) => changeDynamicKeys(store, name, "added", keys, by);
const remove = (...keys: string[]) => changeDynamicKeys(store, name, "removed", keys, by);

/** The present keys, as [key, ordinal]. */
async function held(sets = store.dynamicKeys): Promise<(readonly [string, number])[]> {
  const history = sets.history(name);
  await history.read();
  return Array.from(history.present(), ({ key, ordinal }) => [key, ordinal] as const);
}

test("keys are in the order of their addition, and each keeps its ordinal when it is removed and added again", async () => {
  expect(await add("us", "eu", "jp")).toBe(3);
  expect(await add("eu", "br")).toBe(1);
  expect(await remove("us", "nowhere")).toBe(1);
  expect(await held()).toEqual([
    ["eu", 1],
    ["jp", 2],
    ["br", 3],
  ]);
  expect(await add("us", "za")).toBe(2);
  expect(await held()).toEqual([
    ["eu", 1],
    ["jp", 2],
    ["br", 3],
    ["us", 0],
    ["za", 4],
  ]);
});

test("the keys at a revision are known after any number of changes, also to a new reader", async () => {
  await add("us", "eu");
  const [before] = (await store.dynamicKeys.moment([name], 5)).dynamic ?? [];
  await remove("us");
  await add("jp", "us");
  const moment = { plannedMs: 5, dynamic: before === undefined ? [] : [before] };
  for (const sets of [store.dynamicKeys, new DynamicKeySets(store.redis, store.keys)]) {
    const { dynamicKeys } = await sets.context([name], moment);
    const then = dynamicKeys?.get(name);
    expect(then?.keys).toEqual(["us", "eu"]);
    expect([...(then?.ordinals ?? [])]).toEqual([0, 1]);
    // Its key is known although it was not present yet.
    expect(then?.removedKeyOf(2)).toBe("jp");
    const now = await sets.context([name], { plannedMs: 5 });
    expect(now.dynamicKeys?.get(name)?.keys).toEqual(["eu", "jp", "us"]);
  }
});

test("an unused definition is empty, and plans without dynamic keys ask nothing", async () => {
  expect(await held()).toEqual([]);
  expect(await store.dynamicKeys.moment([name], 5)).toEqual({
    plannedMs: 5,
    dynamic: [[name, "0-0"]],
  });
  await add("us");
  const then = await store.dynamicKeys.context([name], { plannedMs: 5, dynamic: [[name, "0-0"]] });
  expect(then.dynamicKeys?.get(name)?.keys).toEqual([]);
  expect(await store.dynamicKeys.moment([], 5)).toEqual({ plannedMs: 5 });
  expect(await store.dynamicKeys.context([], { plannedMs: 5 })).toEqual({ nowMs: 5 });
});

test("concurrent additions of the same keys add them once, and all callers see the same ordinals", async () => {
  const keys = Array.from({ length: 50 }, (_, at) => `k${at}`);
  const stores = await Promise.all(
    [1, 2, 3].map(() => openStateStore(store.url, store.namespace, "test")),
  );
  try {
    const added = await Promise.all(
      stores.map((each, at) =>
        changeDynamicKeys(each, name, "added", at === 1 ? keys.toReversed() : keys, by),
      ),
    );
    expect(added.reduce((sum, count) => sum + count, 0)).toBe(50);
    const seen = await Promise.all(stores.map((each) => held(each.dynamicKeys)));
    for (const one of seen) expect(one).toEqual(seen[0]);
    expect(seen[0]?.map(([, ordinal]) => ordinal).toSorted((a, b) => a - b)).toEqual(
      keys.map((_, at) => at),
    );
  } finally {
    await Promise.all(stores.map((each) => each.close()));
  }
});

test("a read includes every change made before the call, also while another read is under way", async () => {
  const history = store.dynamicKeys.history(name);
  for (let round = 0; round < 20; round++) {
    const early = history.read();
    await add(`k${round}`);
    await history.read();
    expect(history.has(round)).toBe(true);
    await early;
  }
});

test("thousands of keys are removed and added in pages, and the history has the numbers", async () => {
  const keys = Array.from({ length: 2_500 }, (_, at) => `key ${at}`);
  expect(await changeDynamicKeys(store, name, "added", keys, by)).toBe(2_500);
  expect(await changeDynamicKeys(store, name, "removed", keys.slice(0, 1_200), by)).toBe(1_200);
  expect(await held()).toHaveLength(1_300);
  const changes = await readDynamicKeyChanges(store, name, undefined, 10, 3);
  expect(changes.map(({ what, count, actor }) => [what, count, actor])).toEqual([
    ["removed", 200, "tester"],
    ["removed", 1_000, "tester"],
    ["added", 500, "tester"],
    ["added", 1_000, "tester"],
    ["added", 1_000, "tester"],
  ]);
  expect(changes[0]?.firstOrdinals).toEqual([1_000, 1_001, 1_002]);
  const older = await readDynamicKeyChanges(store, name, changes[1]?.id, 1, 1);
  expect(older.map(({ count }) => count)).toEqual([500]);
});

test("if Redis has lost changes that were read, everything is read again", async () => {
  await add("us", "eu");
  const history = store.dynamicKeys.history(name);
  await history.read();
  const { keys, redis } = store;
  await redis.del(
    keys.dynamicChanges(name),
    keys.dynamicNames(name),
    keys.dynamicOrdinals(name),
    keys.dynamicPresent(name),
  );
  await history.read();
  expect(history.counts).toEqual({ present: 0, removed: 0 });
  await add("eu");
  expect(await held()).toEqual([["eu", 0]]);
});

test("P17: a partition exists as long as each of its dynamic keys does", async () => {
  await add("us", "eu");
  await remove("eu");
  await held();
  const definition = multi({
    kind: staticPartitions(["a", "b"]),
    region: dynamicPartitions({ name }),
  });
  expect(store.dynamicKeys.areThere(definition, [1, 0])).toBe(true);
  expect(store.dynamicKeys.areThere(definition, [1, 1])).toBe(false);
  expect(store.dynamicKeys.areThere(definition, [1, 2])).toBe(false);
  expect(store.dynamicKeys.areThere(staticPartitions(["a"]), [0])).toBe(true);
});

const anyChange = fc.record({
  what: fc.constantFrom("added" as const, "removed" as const),
  keys: fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e", "__proto__", "1", "é"), {
    minLength: 1,
    maxLength: 5,
  }),
});

test("any sequence of changes agrees with a list and a table, at every revision", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyChange, { maxLength: 12 }), async (changes) => {
      name = `random ${next++}`;
      const ordinals = new Map<string, number>();
      let list: string[] = [];
      const revisions: { readonly revision: string; readonly list: readonly string[] }[] = [];
      const history = store.dynamicKeys.history(name);
      for (const { what, keys } of changes) {
        const expected = keys.filter((key) => list.includes(key) === (what === "removed"));
        expect(await changeDynamicKeys(store, name, what, keys, by)).toBe(expected.length);
        const changed = new Set<string>(keys);
        if (what === "removed") list = list.filter((key) => !changed.has(key));
        else {
          for (const key of keys) if (!ordinals.has(key)) ordinals.set(key, ordinals.size);
          list = [...list, ...expected];
        }
        await history.read();
        revisions.push({ revision: history.revision, list });
      }
      const fresh = new DynamicKeySets(store.redis, store.keys).history(name);
      await fresh.read();
      for (const { revision, list: then } of revisions) {
        for (const one of [history, fresh]) {
          const set = one.at(revision);
          expect(set.keys).toEqual(then);
          expect([...set.ordinals]).toEqual(then.map((key) => ordinals.get(key)));
        }
      }
    }),
    { numRuns: 40 },
  );
});
