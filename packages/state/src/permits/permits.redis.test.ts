import { type AnyAsset, asset } from "@infill/core";
import { axesOf, daily, multi, staticPartitions, subsetFromKeys } from "@infill/partitions";
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { AssetOrdinals } from "../keys/assetOrdinals.ts";
import {
  assetScopes,
  backfillScope,
  claimPartitions,
  countPermits,
  openLedger,
  type PermitRequest,
  readBackfillCap,
  type RegisteredAsset,
  registerAsset,
  releasePartitions,
  releasePermits,
  reservePartitions,
  reviewPermits,
  setBackfillCap,
  settlePartitions,
  takePermits,
  usedScopes,
} from "../index.ts";
import { type ModelHolder, PermitModel } from "./permitModel.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();
let registered: RegisteredAsset;
let nextAsset = 1;

const ordinals = [0, 1, 2, 3, 4, 5, 6, 7];
const backfills = ["bf_A", "bf_B"];
/** Refused backfills keep their places, however slow the machine is. */
const times = { reviewMs: 3_600_000, patienceMs: 3_600_000 };

beforeEach(async () => {
  registered = await freshAsset();
});

/** An asset with all partitions in the windows of two backfills, without permits. */
async function freshAsset(): Promise<RegisteredAsset> {
  const { redis, keys } = store;
  const left = await redis.keys(`${keys.permits}:*`);
  if (left.length > 0) await redis.del(...left);
  const partitions = staticPartitions(ordinals.map((ordinal) => `k${ordinal}`));
  const definition = asset({ name: `asset${nextAsset++}`, partitions, materialize: () => {} });
  const fresh = await registerAsset(store, definition);
  const all = subsetFromKeys(partitions, partitions.keys, { nowMs: 0 });
  for (const id of backfills) {
    await openLedger(store, fresh, id, all);
    await reservePartitions(store, definition.name, id, 100, [{ lane: "", ordinals }]);
  }
  return fresh;
}

function requestOf(holder: ModelHolder, caps: ReadonlyMap<string, number>): PermitRequest {
  return {
    session: holder.session,
    claimNumber: holder.claimNumber,
    asset: registered.asset.name,
    lane: "",
    ordinal: holder.ordinal,
    backfillId: holder.backfillId,
    // A cap that may change is known to Redis alone.
    scopes: holder.scopes.map((scope) => ({
      scope,
      cap: scope.startsWith("backfill:") ? undefined : caps.get(scope),
    })),
  };
}

async function answersOf(
  holders: readonly ModelHolder[],
  caps: ReadonlyMap<string, number>,
): Promise<string[]> {
  const requests = holders.map((holder) => requestOf(holder, caps));
  const answers = await takePermits(store, requests, times);
  return answers.map((answer) =>
    answer.kind === "granted" ? "granted" : `refused ${answer.scope}`,
  );
}

/** Makes every holder due for the next review. */
async function makeDue(): Promise<void> {
  const holders = await store.redis.zrange(store.keys.permitHolders, 0, "-1");
  for (const holder of holders) await store.redis.zadd(store.keys.permitHolders, "XX", 1, holder);
}

async function membersOf(scope: string): Promise<string[]> {
  const members = await store.redis.smembers(store.keys.permitScope(scope));
  return members.map((name) => name.split(" ").slice(0, 2).join(" ")).sort();
}

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("take" as const),
      backfillId: fc.constantFrom(...backfills),
      session: fc.nat(2),
      ordinals: fc.uniqueArray(fc.constantFrom(...ordinals), { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("takeAgain" as const), pick: fc.nat() }),
  },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("claim" as const), pick: fc.nat() }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("end" as const), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("die" as const), session: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("review" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("cap" as const),
      backfillId: fc.constantFrom(...backfills),
      cap: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    }),
  },
);

test("any history of permits agrees with the model, and no grant exceeds a cap", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 50 }), async (steps) => {
      registered = await freshAsset();
      const name = registered.asset.name;
      const model = new PermitModel();
      model.caps.set("asset:a", 4).set("value:a:half:0", 2).set("value:a:half:1", 3);
      const scopes = [...model.caps.keys(), ...backfills.map(backfillScope)];
      const lives = [0, 0, 0];
      let taken: ModelHolder[] = [];
      let nextClaim = 1;
      for (const command of steps) {
        const before = new Map(scopes.map((scope) => [scope, model.holders(scope).length]));
        switch (command.kind) {
          case "take": {
            const holders = command.ordinals.map((ordinal) => ({
              session: `s${command.session}.${lives[command.session]}`,
              claimNumber: nextClaim++,
              ordinal,
              backfillId: command.backfillId,
              scopes: ["asset:a", `value:a:half:${ordinal % 2}`, backfillScope(command.backfillId)],
            }));
            const expected = holders.map((holder) => model.take(holder));
            expect(await answersOf(holders, model.caps)).toEqual(expected);
            taken.push(...holders.filter((_, at) => expected[at] === "granted"));
            break;
          }
          case "takeAgain": {
            const holder = taken[command.pick % Math.max(1, taken.length)];
            if (holder === undefined) break;
            expect(await answersOf([holder], model.caps)).toEqual([model.take(holder)]);
            break;
          }
          case "claim": {
            const holder = taken[command.pick % Math.max(1, taken.length)];
            if (holder === undefined) break;
            // A claim whose permits a review took asks for them again before it runs.
            const name = `${holder.session} ${holder.claimNumber}`;
            if (!model.holders("asset:a").includes(name)) break;
            const [answer] = await claimPartitions(store, registered, holder.session, 3_600_000, [
              { ...holder, lane: "", permit: "held" },
            ]);
            if (answer?.kind === "claimed") model.claim(holder);
            break;
          }
          case "end": {
            const holder = taken[command.pick % Math.max(1, taken.length)];
            if (holder === undefined) break;
            await releasePartitions(store, name, holder.session, [
              { ...holder, lane: "", how: "give_back" },
            ]);
            model.end(holder);
            expect(await releasePermits(store, [requestOf(holder, model.caps)])).toBe(
              model.release(holder),
            );
            break;
          }
          case "die": {
            const session = `s${command.session}.${lives[command.session]}`;
            await store.redis.zadd(store.keys.sessions(name), "XX", 1, session);
            model.die(session);
            // Its claims and permits are left to the review.
            taken = taken.filter((holder) => holder.session !== session);
            lives[command.session] = (lives[command.session] ?? 0) + 1;
            break;
          }
          case "review":
            await makeDue();
            expect(await reviewPermits(store)).toBe(model.review());
            break;
          case "cap": {
            const scope = backfillScope(command.backfillId);
            await setBackfillCap(store, command.backfillId, command.cap, [name]);
            if (command.cap === undefined) model.caps.delete(scope);
            else {
              if (!model.caps.has(scope)) model.adopt(command.backfillId, scope);
              model.caps.set(scope, command.cap);
            }
            expect(await readBackfillCap(store, command.backfillId)).toBe(command.cap);
            break;
          }
        }
        for (const scope of scopes) {
          const members = await membersOf(scope);
          expect(members).toEqual(model.holders(scope));
          const most = Math.max(model.caps.get(scope) ?? Infinity, before.get(scope) ?? 0);
          if (command.kind !== "cap") expect(members.length).toBeLessThanOrEqual(most);
          expect(members).toEqual(expect.arrayContaining(model.running(scope)));
        }
      }
      const counts = await countPermits(store, scopes);
      const byScope = new Map(
        (await usedScopes(store, "")).map(({ scope, inUse }) => [scope, inUse]),
      );
      expect(counts).toEqual(scopes.map((scope) => model.holders(scope).length));
      expect(scopes.map((scope) => byScope.get(scope) ?? 0)).toEqual(counts);
    }),
    { numRuns: 60 },
  );
});

function holderOf(ordinal: number, rest: Partial<ModelHolder> = {}): ModelHolder {
  const scopes = ["asset:a"];
  return {
    session: "s1",
    claimNumber: 100 + ordinal,
    ordinal,
    backfillId: "bf_A",
    scopes,
    ...rest,
  };
}

async function claim(holder: ModelHolder, permit: "none" | "held" | "ask"): Promise<string> {
  const [answer] = await claimPartitions(store, registered, holder.session, 3_600_000, [
    { ...holder, lane: "", permit },
  ]);
  return answer?.kind ?? "";
}

async function settle(holder: ModelHolder): Promise<string> {
  const [answer] = await settlePartitions(store, registered, holder.session, [
    { ...holder, lane: "", outcome: "succeeded", attempt: 1, durationMs: 1, note: undefined },
  ]);
  return answer ?? "";
}

test("of all concurrent requests, as many get a permit as the cap permits", async () => {
  const caps = new Map([["asset:a", 7]]);
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, at) =>
      answersOf([holderOf(at % 8, { session: `s${at}`, claimNumber: at })], caps),
    ),
  );
  expect(answers.flat().filter((answer) => answer === "granted")).toHaveLength(7);
  expect(answers.flat().filter((answer) => answer === "refused asset:a")).toHaveLength(23);
});

test("a capped backfill gets a claim only with a permit", async () => {
  const name = registered.asset.name;
  expect(await claim(holderOf(0), "ask")).toBe("capped");
  await setBackfillCap(store, "bf_A", 1, [name]);
  expect(await claim(holderOf(0), "none")).toBe("capped");
  expect(await store.redis.hlen(store.keys.claims(name))).toBe(0);
  expect(await claim(holderOf(0), "held")).toBe("claimed");
  expect(await claim(holderOf(1, { backfillId: "bf_B" }), "none")).toBe("claimed");
  await setBackfillCap(store, "bf_A", undefined, [name]);
  expect(await claim(holderOf(2), "none")).toBe("claimed");
});

test("running claims count when a cap is set, and their permits end with them", async () => {
  const running = [0, 1, 2].map((ordinal) => holderOf(ordinal, { scopes: [] }));
  for (const holder of running) expect(await claim(holder, "none")).toBe("claimed");
  const scope = backfillScope("bf_A");
  await setBackfillCap(store, "bf_A", 2, [registered.asset.name]);
  expect(await countPermits(store, [scope])).toEqual([3]);
  const next = holderOf(3, { scopes: [scope] });
  expect(await answersOf([next], new Map())).toEqual([`refused ${scope}`]);
  for (const holder of running.slice(0, 2)) expect(await settle(holder)).toBe("settled");
  await makeDue();
  expect(await reviewPermits(store)).toBe(2);
  expect(await answersOf([next], new Map())).toEqual(["granted"]);
});

test("a worker that froze beyond its lease can settle nothing once another one has its permit", async () => {
  const caps = new Map([["asset:a", 1]]);
  const frozen = holderOf(0, { session: "frozen" });
  const other = holderOf(1, { session: "other" });
  expect(await answersOf([frozen], caps)).toEqual(["granted"]);
  expect(await claim(frozen, "held")).toBe("claimed");
  await makeDue();
  expect(await reviewPermits(store)).toBe(0);
  expect(await answersOf([other], caps)).toEqual(["refused asset:a"]);
  await store.redis.zadd(store.keys.sessions(registered.asset.name), "XX", 1, "frozen");
  await makeDue();
  expect(await reviewPermits(store)).toBe(1);
  expect(await answersOf([other], caps)).toEqual(["granted"]);
  expect(await settle(frozen)).toBe("refused");
});

test("a review leaves a holder alone that has asked again since the review began", async () => {
  const caps = new Map([["asset:a", 1]]);
  const slow = holderOf(0);
  expect(await answersOf([slow], caps)).toEqual(["granted"]);
  await makeDue();
  const { redis, keys } = store;
  // The review reads the claims and writes its result in two calls; this one comes in between.
  const readClaims = redis.hmget.bind(redis);
  Object.assign(redis, {
    hmget: async (...args: Parameters<typeof readClaims>) => {
      const entries = await readClaims(...args);
      expect(await answersOf([slow], caps)).toEqual(["granted"]);
      return entries;
    },
  });
  try {
    expect(await reviewPermits(store)).toBe(0);
  } finally {
    Reflect.deleteProperty(redis, "hmget");
  }
  expect(await redis.scard(keys.permitScope("asset:a"))).toBe(1);
});

test("a partition's scopes are its pool, its asset and the keys of its dimensions, in any order of axes", () => {
  const tenants = staticPartitions(["t0", "t1", "t2"]);
  const definition = asset({
    name: "loads",
    pool: "warehouse",
    partitions: multi({ tenant: tenants, date: daily({ start: "2024-01-01" }) }),
    concurrency: 4,
    concurrencyPer: { tenant: 2, date: 3 },
    materialize: () => {},
  });
  const untiled = (of: AnyAsset) => ({
    asset: of,
    ordinals: new AssetOrdinals(
      of.partitions,
      axesOf(of.partitions).map(() => undefined),
    ),
  });
  const scopes = assetScopes(untiled(definition), { concurrency: 8 });
  expect(scopes.shared).toEqual([
    { scope: "pool:warehouse", cap: 8 },
    { scope: "asset:loads", cap: 4 },
  ]);
  expect(scopes.at({ lane: "2", ordinal: 19_723 }).slice(2)).toEqual([
    { scope: "value:loads:tenant:2", cap: 2 },
    { scope: "value:loads:date:19723", cap: 3 },
  ]);
  const one = multi({ tenant: tenants });
  const single = asset({
    name: "one",
    partitions: one,
    concurrencyPer: { tenant: 1 },
    materialize: () => {},
  });
  expect(assetScopes(untiled(single), {}).at({ lane: "", ordinal: 1 })).toEqual([
    { scope: "value:one:tenant:1", cap: 1 },
  ]);
  expect(
    assetScopes(untiled(asset({ name: "free", materialize: () => {} })), {}).at({
      lane: "",
      ordinal: 0,
    }),
  ).toEqual([]);
});
