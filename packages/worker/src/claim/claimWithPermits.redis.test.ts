import { asset, type Asset, silentLogger } from "@infill/core";
import { staticPartitions, subsetFromKeys } from "@infill/partitions";
import {
  type ClaimAnswer,
  countPermits,
  openLedger,
  openStateStore,
  readClaims,
  type RegisteredAsset,
  registerAsset,
  reservePartitions,
  reviewPermits,
  setBackfillCap,
  type StateStore,
  takePermits,
} from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AssetWork, type KeyedClaimRequest } from "./assetWork.ts";
import { claimAllWithPermits, claimWithPermits } from "./claimWithPermits.ts";
import { PartitionPermits } from "./partitionPermits.ts";

const prefix = testPrefix();
const url = redisUrlForTests();
const leaseMs = 60_000;
let store: StateStore;
let nextAsset = 1;

beforeAll(async () => {
  store = await openStateStore(url, prefix, "test");
});
afterAll(async () => {
  await store.close();
  await cleanPrefix(url, prefix);
});

/** Logs its calls, and runs a hook before each claim is sent. */
class WatchedWork extends AssetWork {
  readonly asked: (string | undefined)[] = [];
  before: () => Promise<unknown> = () => Promise.resolve();

  override async claimAll(requests: readonly KeyedClaimRequest[]): Promise<readonly ClaimAnswer[]> {
    for (const { permit } of requests) this.asked.push(permit);
    await this.before();
    return super.claimAll(requests);
  }
}

/** An asset with three partitions in the window of one backfill. */
async function start(options: Partial<Pick<Asset, "concurrency">> = {}, permitLeaseMs = leaseMs) {
  const partitions = staticPartitions(["a", "b", "c"]);
  const name = `asset${nextAsset++}`;
  const { concurrency } = options;
  const definition = asset({
    name,
    partitions,
    ...(concurrency === undefined ? {} : { concurrency }),
    materialize: () => {},
  });
  const registered: RegisteredAsset = await registerAsset(store, definition);
  const id = `bf_${name}`;
  const all = subsetFromKeys(partitions, partitions.keys, { nowMs: 0 });
  await openLedger(store, registered, id, all);
  await reservePartitions(store, name, id, 3, [{ lane: "", ordinals: [0, 1, 2] }]);
  const work = new WatchedWork(store, registered, "s1", leaseMs, {
    claimAsked: () => ({ granted: () => {}, ended: () => {} }),
  });
  const permits = new PartitionPermits(store, [registered], new Map(), permitLeaseMs, silentLogger);
  const place = (ordinal: number) => ({
    ...{ backfillId: id, lane: "", ordinal, claimNumber: 10 + ordinal, partition: "" },
  });
  const claim = (ordinal: number, isFirst = true) =>
    claimWithPermits(work, permits, "s1", place(ordinal), isFirst);
  const claimAll = async (...ordinals: number[]) =>
    (await claimAllWithPermits(work, permits, "s1", ordinals.map(place))).map(({ kind }) => kind);
  return { name, id, work, claim, claimAll };
}

test("a partition in no capped scope takes one call, and no permit is written", async () => {
  const { work, claim } = await start();
  expect(await claim(0)).toMatchObject({
    ...{ kind: "claimed", attempt: 1, deaths: 0, holder: undefined },
  });
  expect(await claim(0, false)).toMatchObject({ kind: "claimed", holder: undefined });
  expect(work.asked).toEqual(["none", "none"]);
  expect(await store.redis.keys(`${store.keys.permits}:*`)).toEqual([]);
});

test("a full scope claims nothing", async () => {
  const { name, work, claim } = await start({ concurrency: 2 });
  expect((await claim(0)).kind).toBe("claimed");
  expect((await claim(1)).kind).toBe("claimed");
  expect(await claim(2)).toEqual({ kind: "full" });
  expect(work.asked).toEqual(["none", "none"]);
  expect(await readClaims(store, name, [{ lane: "", ordinal: 2 }])).toEqual([undefined]);
});

test("a claim's answer tells once that a backfill is capped", async () => {
  const { id, work, claim } = await start();
  await setBackfillCap(store, id, 2, [work.registered.asset.name]);
  expect((await claim(0)).kind).toBe("claimed");
  expect((await claim(1)).kind).toBe("claimed");
  expect(await claim(2)).toEqual({ kind: "full" });
  expect(work.asked).toEqual(["none", "held", "held"]);
});

test("a capped backfill over a capped asset needs both permits", async () => {
  const { id, name, work, claim } = await start({ concurrency: 3 });
  await setBackfillCap(store, id, 1, [name]);
  expect((await claim(0)).kind).toBe("claimed");
  expect(await claim(1)).toEqual({ kind: "full" });
  expect(work.asked).toEqual(["none", "held"]);
  expect(await countPermits(store, [`asset:${name}`, `backfill:${id}`])).toEqual([1, 1]);
});

test("a redelivered job takes no permit for partitions that need not run", async () => {
  const { name, work, claim } = await start({ concurrency: 1 });
  const place = { backfillId: `bf_${name}`, lane: "", ordinal: 0, claimNumber: 99 };
  await work.claim({ ...place, partition: "a" });
  work.asked.length = 0;
  expect(await claim(0, false)).toEqual({ kind: "held" });
  expect(work.asked).toEqual(["ask"]);
  expect(await claim(1, false)).toMatchObject({ kind: "claimed" });
  expect(work.asked).toEqual(["ask", "ask", "none"]);
  expect(await claim(0)).toEqual({ kind: "full" });
});

test("a permit is released at once if its claim is refused", async () => {
  const { name, work, claim } = await start({ concurrency: 2 });
  const place = { backfillId: `bf_${name}`, lane: "", ordinal: 0, claimNumber: 99 };
  await work.claim({ ...place, partition: "a" });
  expect(await claim(0)).toEqual({ kind: "held" });
  expect(await countPermits(store, [`asset:${name}`])).toEqual([0]);
});

test("a claim is released if a delay after its permit let another one take that permit", async () => {
  const { name, work, claim } = await start({ concurrency: 1 }, 0);
  const scope = `asset:${name}`;
  work.before = async () => {
    expect(await reviewPermits(store)).toBe(1);
    const other = {
      session: "s2",
      claimNumber: 1,
      asset: name,
      lane: "",
      ordinal: 1,
      backfillId: "bf_B",
      scopes: [{ scope, cap: 1 }],
    };
    expect(await takePermits(store, [other])).toEqual([{ kind: "granted" }]);
  };
  expect(await claim(0)).toEqual({ kind: "full" });
  expect(await readClaims(store, name, [{ lane: "", ordinal: 0 }])).toMatchObject([
    { state: "retrying", attempt: 0 },
  ]);
  expect(await countPermits(store, [scope])).toEqual([1]);
});

test("several partitions in no capped scope take one call", async () => {
  const { name, work, claimAll } = await start();
  expect(await claimAll(0, 1, 2)).toEqual(["claimed", "claimed", "claimed"]);
  expect(work.asked).toEqual([undefined, undefined, undefined]);
  expect(await countPermits(store, [`asset:${name}`])).toEqual([0]);
});

test("of several, the first are claimed that the scopes have permits for", async () => {
  const { name, work, claimAll } = await start({ concurrency: 2 });
  expect(await claimAll(0, 1, 2)).toEqual(["claimed", "claimed", "full"]);
  expect(work.asked).toEqual(["none", "none"]);
  expect(await claimAll(2)).toEqual(["full"]);
  expect(await countPermits(store, [`asset:${name}`])).toEqual([2]);
});

test("the answers of several tell that their backfill is capped, and the next call asks for its permits", async () => {
  const { id, name, claimAll } = await start({ concurrency: 3 });
  await setBackfillCap(store, id, 2, [name]);
  expect(await claimAll(0, 1, 2)).toEqual(["capped", "capped", "capped"]);
  expect(await countPermits(store, [`asset:${name}`, `backfill:${id}`])).toEqual([0, 0]);
  expect(await claimAll(0, 1, 2)).toEqual(["claimed", "claimed", "full"]);
  expect(await countPermits(store, [`asset:${name}`, `backfill:${id}`])).toEqual([2, 2]);
});

test("of several, a refused claim releases its permit", async () => {
  const { name, work, claimAll } = await start({ concurrency: 3 });
  const place = { backfillId: `bf_${name}`, lane: "", ordinal: 1, claimNumber: 99 };
  await work.claim({ ...place, partition: "b" });
  expect(await claimAll(0, 1, 2)).toEqual(["claimed", "held", "claimed"]);
  expect(await countPermits(store, [`asset:${name}`])).toEqual([2]);
});

test("several claims are released if a delay after their permits let a review take these back", async () => {
  const { name, work, claimAll } = await start({ concurrency: 3 }, 0);
  work.before = () => reviewPermits(store);
  expect(await claimAll(0, 1)).toEqual(["full", "full"]);
  const claims = await readClaims(
    store,
    name,
    [0, 1].map((ordinal) => ({ lane: "", ordinal })),
  );
  expect(claims).toMatchObject([
    { state: "retrying", attempt: 0 },
    { state: "retrying", attempt: 0 },
  ]);
  expect(await countPermits(store, [`asset:${name}`])).toEqual([0]);
});
