import { runDoctor } from "./runDoctor.ts";
import { asset, newBackfillId, project } from "@infill/core";
import { daily, multi, staticPartitions } from "@infill/partitions";
import {
  assetScopes,
  backfillScope,
  claimPartitions,
  countPermits,
  type DoctorCheck,
  holderName,
  openStateStore,
  type PermitRequest,
  readBackfillCap,
  type RegisteredAsset,
  registerAsset,
  releasePermits,
  reservePartitions,
  setBackfillStatus,
  settlePartitions,
  type StateStore,
  takePermits,
} from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { connect, type InfillClient } from "@infill/client";
import type { DoctorFinding } from "./doctorReport.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
afterAll(() => cleanPrefix(url, prefix));

/** Ordinals of dates count days since 1970. */
const first = Date.UTC(2024, 0, 1) / 86_400_000;
const loads = asset({
  name: "loads",
  partitions: multi({
    date: daily({ start: "2024-01-01", end: "2024-01-11" }),
    tenant: staticPartitions(["t0", "t1"]),
  }),
  concurrency: 4,
  concurrencyPer: { tenant: 2 },
  materialize: () => {},
});
const lease = 600_000;
let nextNamespace = 1;

/**
 * A backfill of 20 partitions with a cap of 3, three of which run with their permits, and a
 * canceled one.
 */
interface Scene {
  readonly store: StateStore;
  readonly client: InfillClient;
  readonly id: string;
  readonly ended: string;
  readonly running: readonly PermitRequest[];
  readonly registered: RegisteredAsset;
}
let scene: Scene;

beforeEach(async () => {
  const inside = project({
    namespace: `${prefix}-${nextNamespace++}`,
    assets: [loads],
    pools: { default: { concurrency: 8 } },
  });
  const store = await openStateStore(url, inside.namespace, "test");
  const client = await connect(inside, { redisUrl: url, now: () => Date.UTC(2024, 5, 1) });
  const registered = await registerAsset(store, loads);
  const ended = await submit(client, 1);
  await client.backfills.cancel(ended);
  await setBackfillStatus(store, ended, { to: "canceled", from: ["canceling"], summary: "{}" });
  const id = await submit(client, 3);
  const scopesOf = assetScopes(registered, inside.pools.get("default"));
  const running = [0, 1, 2].map((day): PermitRequest => {
    const place = registered.ordinals.addressOf([day % 2, first + day]);
    return {
      ...place,
      session: "s_1",
      claimNumber: day + 1,
      asset: "loads",
      backfillId: id,
      scopes: [...scopesOf.at(place), { scope: backfillScope(id), cap: undefined }],
    };
  });
  for (const { lane, ordinal } of running)
    await reservePartitions(store, "loads", id, 10, [{ lane, ordinals: [ordinal] }]);
  const answers = await takePermits(store, running);
  expect(answers.map(({ kind }) => kind)).toEqual(["granted", "granted", "granted"]);
  const claims = running.map((claim) => ({ ...claim, permit: "held" as const }));
  await claimPartitions(store, registered, "s_1", lease, claims);
  scene = { store, client, id, ended, running, registered };
});
afterEach(async () => {
  await scene.client.close();
  await scene.store.close();
});

async function submit(client: InfillClient, concurrency: number): Promise<string> {
  const { id } = await client.backfills.create({ assets: "loads", reprocess: "all", concurrency });
  if (id === undefined) throw new Error("nothing to run");
  return id;
}

async function look(fix = false): Promise<readonly DoctorFinding[]> {
  return (await runDoctor(scene.client.connection, { fix, patienceMs: 60 })).findings;
}

const tenant = "value:loads:tenant:0";
const farAway = 9_999_999_999_999;
/** The claim whose permits the vandals change. */
const victim = ({ running: [one] }: Scene) => {
  if (one === undefined) throw new Error("nothing runs");
  return one;
};

type Vandal = (scene: Scene) => Promise<unknown>;
const vandals: [what: string, checks: readonly DoctorCheck[], vandal: Vandal][] = [
  [
    "a claim's permits are gone",
    ["permit_missing"],
    (there) => releasePermits(there.store, [victim(there)]),
  ],
  [
    "all permits are gone",
    ["permit_missing"],
    async ({ store: { redis, keys }, id }) => {
      const scopes = ["pool:default", "asset:loads", tenant, "value:loads:tenant:1"];
      const sets = [...scopes, backfillScope(id)].map(keys.permitScope);
      await redis.del(keys.permitHolders, keys.permitsHeld, ...sets);
    },
  ],
  [
    "the set of a scope is gone",
    ["permit_differs"],
    ({ store: { redis, keys } }) => redis.del(keys.permitScope("asset:loads")),
  ],
  [
    "what each holder holds is gone",
    ["permit_differs", "permit_missing"],
    ({ store: { redis, keys } }) => redis.del(keys.permitsHeld),
  ],
  [
    "who is looked at is gone",
    ["permit_differs"],
    ({ store: { redis, keys } }) => redis.del(keys.permitHolders),
  ],
  [
    "a holder is in a set and nowhere else",
    ["permit_differs"],
    ({ store: { redis, keys } }) => redis.sadd(keys.permitScope(tenant), "s_9 9 loads 0:19723"),
  ],
  [
    "what is in a set cannot be read",
    ["entry_unreadable"],
    ({ store: { redis, keys } }) => redis.sadd(keys.permitScope(tenant), "x"),
  ],
  [
    "the claim of a permit is gone, and its review was due long ago",
    ["permit_orphaned"],
    async (there) => {
      const { store } = there;
      const gone = { ...victim(there), session: "s_gone", claimNumber: 77 };
      const free = { scope: "asset:elsewhere", cap: 9 };
      await takePermits(store, [{ ...gone, scopes: [free] }]);
      await store.redis.zadd(store.keys.permitHolders, 1, holderName(gone));
    },
  ],
  [
    "the claim of a permit is gone, and its review never comes",
    ["permit_orphaned"],
    async (there) => {
      const { store, registered } = there;
      const one = victim(there);
      await store.redis.zadd(store.keys.permitHolders, farAway, holderName(one));
      await settlePartitions(store, registered, "s_1", [
        { ...one, outcome: "succeeded", attempt: 1, durationMs: 1, note: undefined },
      ]);
    },
  ],
  [
    "the recorded cap is another than the settings say",
    ["cap_differs"],
    ({ store: { redis, keys }, id }) => redis.hset(keys.caps, backfillScope(id), 30),
  ],
  [
    "the recorded cap is no number",
    ["cap_differs"],
    ({ store: { redis, keys }, id }) => redis.hset(keys.caps, backfillScope(id), "three"),
  ],
  [
    "the recorded cap is gone",
    ["cap_differs"],
    ({ store: { redis, keys }, id }) => redis.hdel(keys.caps, backfillScope(id)),
  ],
  [
    "a ledger has forgotten that it is capped",
    ["cap_differs"],
    ({ store: { redis, keys }, id }) => redis.hdel(keys.ledger("loads", id), "capped"),
  ],
  [
    "a cap is recorded that only a definition may set",
    ["cap_differs"],
    ({ store: { redis, keys } }) => redis.hset(keys.caps, "asset:loads", 1_000),
  ],
  [
    "a cap is recorded for a backfill that never came to be",
    ["cap_unknown"],
    ({ store: { redis, keys } }) => redis.hset(keys.caps, backfillScope(newBackfillId(5)), 2),
  ],
  [
    "a backfill that has ended waits in a line",
    ["permit_line_stale"],
    ({ store: { redis, keys }, ended }) =>
      redis.hset(keys.permitLine("asset:loads"), ended, "1 1000"),
  ],
  [
    "a backfill that does not exist waits in a line",
    ["permit_line_stale"],
    ({ store: { redis, keys } }) =>
      redis.hset(keys.permitLine("asset:loads"), newBackfillId(5), `1 ${farAway}`),
  ],
  [
    "a backfill has asked in the future",
    ["permit_line_stale"],
    ({ store: { redis, keys }, id }) =>
      redis.hset(keys.permitLine("asset:loads"), id, `1 ${farAway}`),
  ],
  [
    "a place in a line cannot be read",
    ["permit_line_broken"],
    ({ store: { redis, keys }, id }) => redis.hset(keys.permitLine("asset:loads"), id, "first"),
  ],
];

test("P21: the doctor finds nothing wrong with claims that run with their permits", async () => {
  expect(await look()).toEqual([]);
});

test.each(vandals)("P21: %s: the doctor reports and repairs it", async (_, checks, vandal) => {
  const { store, id, running } = scene;
  await vandal(scene);
  const found = await look();
  expect([...new Set(found.map(({ check }) => check))].sort()).toEqual([...checks].sort());
  expect(new Set(found.map(({ repair }) => repair))).toEqual(new Set(["possible"]));
  // A check changes nothing.
  expect((await look()).map(({ check }) => check)).toEqual(found.map(({ check }) => check));
  const repaired = await look(true);
  expect(new Set(repaired.map(({ repair }) => repair))).toEqual(new Set(["repaired"]));
  expect(repaired.map(({ check }) => check)).toEqual(expect.arrayContaining([...checks]));
  expect(await look()).toEqual([]);
  // Running claims keep their permits, and nothing else has any.
  const claims = await store.redis.hlen(store.keys.claims("loads"));
  const scopes = ["pool:default", "asset:loads", backfillScope(id)];
  expect(await countPermits(store, scopes)).toEqual([claims, claims, claims]);
  expect(claims).toBeGreaterThanOrEqual(running.length - 1);
  expect(await readBackfillCap(store, id)).toBe(3);
});

test("P21: a permit whose claim has just ended or is about to begin is no finding", async () => {
  const { store } = scene;
  const one = victim(scene);
  await takePermits(store, [{ ...one, ordinal: first + 6, claimNumber: 9 }].map(unscoped));
  expect(await look()).toEqual([]);
});

/** A request that is refused only by other scopes. */
function unscoped(request: PermitRequest): PermitRequest {
  return { ...request, scopes: [{ scope: "pool:default", cap: 8 }] };
}
