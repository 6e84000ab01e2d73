import { asset } from "@infill/core";
import { staticPartitions, subsetFromKeys } from "@infill/partitions";
import {
  openLedger,
  openStateStore,
  registerAsset,
  reservePartitions,
  type StateStore,
} from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AssetWork } from "./assetWork.ts";

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

const keys = ["a", "b", "c", "d"];
const damaged = "bf_damaged";
const sound = "bf_sound";
const backfillOf = (ordinal: number) => (ordinal < 2 ? damaged : sound);

/**
 * Work of one session on an asset with two ledgers: partitions 0 and 1 are of one, 2 and 3 of the
 * other.
 */
async function scene(name: string): Promise<AssetWork> {
  const definition = asset({ name, partitions: staticPartitions(keys), materialize: () => {} });
  const registered = await registerAsset(store, definition);
  for (const id of [damaged, sound]) {
    const mine = keys.filter((_, ordinal) => backfillOf(ordinal) === id);
    const selected = subsetFromKeys(definition.partitions, mine, { nowMs: 0 });
    await openLedger(store, registered, id, selected);
    const ordinals = mine.map((key) => keys.indexOf(key));
    await reservePartitions(store, name, id, 10, [{ lane: "", ordinals }]);
  }
  held.clear();
  return new AssetWork(store, registered, "s_1", 60_000, heartbeat);
}

/** The renewed claims, by number and mark. */
const held = new Map<number, "asked" | "granted">();
const heartbeat = {
  claimAsked: ({ number }: { readonly number: number }) => {
    held.set(number, "asked");
    return {
      granted: () => void held.set(number, "granted"),
      ended: () => void held.delete(number),
    };
  },
};

const about = (ordinal: number) => ({
  backfillId: backfillOf(ordinal),
  ...{ lane: "", ordinal, claimNumber: ordinal, partition: keys[ordinal] ?? "" },
});
const outcome = { outcome: "succeeded" as const, attempt: 1, durationMs: 5, note: undefined };

test.each(["ledger", "plane"])(
  "if a %s of one backfill has a wrong type, partitions of another are claimed, settled and released",
  async (what) => {
    const { redis, keys: names } = store;
    const work = await scene(what);
    const key =
      what === "ledger"
        ? names.ledger(what, damaged)
        : names.ledgerPlane(what, damaged, "", "queued", 0);
    for (const ordinal of [0, 2, 3])
      expect(await work.claim(about(ordinal))).toMatchObject({ kind: "claimed" });
    await redis.rename(key, `${key}:kept`);
    await redis.rpush(key, "x");
    const more = await Promise.allSettled([work.claim(about(1)), work.claim(about(2))]);
    expect(more.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
    const settled = await Promise.allSettled([
      work.settle({ ...about(0), ...outcome }),
      work.settle({ ...about(2), ...outcome }),
    ]);
    expect(settled).toMatchObject([{ status: "rejected" }, { value: "settled" }]);
    const released = await Promise.allSettled([
      work.release({ ...about(0), how: "stop" }),
      work.release({ ...about(3), how: "stop" }),
    ]);
    expect(released[1]).toMatchObject({ value: "released" });
    const counters = await redis.hgetall(names.ledger(what, sound));
    expect(counters).toMatchObject({ queued: "0", in_progress: "0", succeeded: "1" });
  },
);

test("a claim is renewed from before Redis' answer until it has settled or is released or lost", async () => {
  const work = await scene("prolonged");
  const answers = [0, 1, 2].map((ordinal) => work.claim(about(ordinal)));
  expect([...held.values()]).toEqual(["asked", "asked", "asked"]);
  await Promise.all(answers);
  expect([...held.values()]).toEqual(["granted", "granted", "granted"]);
  await work.settle({ ...about(0), ...outcome });
  await work.release({ ...about(1), how: "stop" });
  work.lose(2);
  expect([...held.keys()]).toEqual([]);
});

test("a refused or failed claim is no longer renewed", async () => {
  const work = await scene("refused");
  await work.claim(about(2));
  await work.settle({ ...about(2), ...outcome });
  expect(await work.claim(about(2))).toMatchObject({ kind: "gone" });
  expect(held.size).toBe(0);
  const key = store.keys.ledger("refused", damaged);
  await store.redis.rename(key, `${key}:kept`);
  await store.redis.rpush(key, "x");
  await expect(work.claim(about(0))).rejects.toThrow();
  expect(held.size).toBe(0);
});
