import { asset, project } from "@infill/core";
import { allPartitions, daily, integers } from "@infill/partitions";
import {
  claimPartitions,
  readBackfill,
  readSelected,
  type RegisteredAsset,
  reopenPartitions,
  reservePartitions,
  setBackfillStatus,
  settlePartitions,
  type StateStore,
} from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BackfillRun } from "./backfillRun.ts";
import { changeRunningBackfill, retryBackfill } from "@infill/client/testing";
import type { InfillClient } from "@infill/client";
import type { PoolQueues } from "@infill/planning";
import { openRunScene, type RunScene } from "./runScene.testing.ts";

const prefix = testPrefix();
const url = redisUrlForTests();
const context = { nowMs: Date.UTC(2024, 5, 1) };
const days = daily({ start: "2024-01-01", end: "2024-01-07" });
const raw = asset({ name: "raw", partitions: days, materialize: () => {} });
const definition = project({ namespace: prefix, assets: [raw] });

let scene: RunScene;
let store: StateStore;
let queues: PoolQueues;
let client: InfillClient;
let registered: ReadonlyMap<string, RegisteredAsset>;
let known: RegisteredAsset;

beforeAll(async () => {
  scene = await openRunScene(url, definition, context.nowMs);
  ({ store, queues, client, registered } = scene);
  known = scene.asset("raw");
});
afterAll(async () => {
  await scene.close();
  await cleanPrefix(url, prefix);
});

/** A store whose first change of a backfill's status waits until somebody else has acted. */
function interrupted(act: () => Promise<unknown>): StateStore {
  let isFirst = true;
  const redis = new Proxy(store.redis, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      if (name !== "infill_set_backfill_status") return value.bind(target);
      return async (...args: unknown[]): Promise<unknown> => {
        const isNow = isFirst;
        isFirst = false;
        if (isNow) await act();
        return value.apply(target, args);
      };
    },
  });
  return { ...store, redis };
}

function runOf(id: string, own: StateStore = store): Promise<BackfillRun> {
  return scene.load(id, { store: own });
}

let claimNumber = 1;

/**
 * A backfill whose partitions have all failed, and that has not ended. Each of its six days is
 * enough for one test.
 */
async function allFailed(...keys: readonly string[]): Promise<string> {
  const partitions = keys.join(",");
  const { id } = await client.backfills.create({ assets: "raw", partitions, reprocess: "all" });
  if (id === undefined) throw new Error("nothing was to run");
  for (const { lane, ordinals } of await readSelected(store, "raw", id)) {
    const pages = [{ lane, ordinals: [...integers(ordinals)] }];
    await reservePartitions(store, "raw", id, 10, pages);
    for (const ordinal of integers(ordinals)) {
      const claim = { lane, ordinal, backfillId: id, claimNumber: claimNumber++ };
      await claimPartitions(store, known, "s1", 60_000, [claim]);
      await settlePartitions(store, known, "s1", [
        { ...claim, outcome: "failed", attempt: 1, durationMs: 1, note: undefined },
      ]);
    }
  }
  return id;
}

const raiseVersions = () => Promise.resolve();
const retried = { reopened: 2 };
const open = { waiting: 0, queued: 2, failed: 0 };

test("a retry between a planner's last check and its end is not lost: the end is refused, and reopened partitions run", async () => {
  const id = await allFailed("2024-01-01", "2024-01-02");
  const run = await runOf(
    id,
    interrupted(async () => expect(await client.backfills.retry(id)).toMatchObject(retried)),
  );
  expect(await run.advance()).toBe(false);
  expect(await client.backfills.get(id)).toMatchObject({ status: "running", counts: open });
  expect(await queues.jobsOf("default", id)).toHaveLength(2);
});

test("a retry at that moment in a paused backfill leaves it paused, and runs after a resume", async () => {
  const id = await allFailed("2024-01-01", "2024-01-02");
  await client.backfills.pause(id, { mode: "stop", reason: "lunch" });
  const run = await runOf(
    id,
    interrupted(async () => expect(await client.backfills.retry(id)).toMatchObject(retried)),
  );
  expect(await run.advance()).toBe(false);
  expect(await client.backfills.get(id)).toMatchObject({
    status: "paused",
    pause: { mode: "stop", reason: "lunch" },
    counts: { waiting: 2 },
  });
  await client.backfills.resume(id);
  await run.readStatus();
  expect(run.needsLoad).toBe(true);
  await run.load();
  expect(await run.advance()).toBe(false);
  expect(await client.backfills.get(id)).toMatchObject({ status: "running", counts: open });
});

test("partitions added between a planner's last check and its end run", async () => {
  const id = await allFailed("2024-01-01");
  const run = await runOf(
    id,
    interrupted(async () => {
      const { added } = await client.backfills.change(id, { add: "2024-01-02" });
      expect(added).toBe(1);
    }),
  );
  expect(await run.advance()).toBe(false);
  expect(await client.backfills.get(id)).toMatchObject({
    status: "running",
    counts: { selected: 2, queued: 1, failed: 1 },
  });
});

test("an end by a planner is taken back if partitions are reopened or added meanwhile", async () => {
  for (const change of ["retry", "add"] as const) {
    const id = await allFailed("2024-01-01", "2024-01-02");
    const run = await runOf(id);
    let hasEnded = false;
    const own = interrupted(async () => {
      // By the counters that it read before: only the ledgers have changed so far.
      const { revision } = await readBackfill(store, id);
      const end = { to: "failed", from: ["running"], revision } as const;
      hasEnded = (await setBackfillStatus(store, id, end)).changed;
    });
    const environment = { store: own, graph: definition.graph, registered, raiseVersions };
    if (change === "retry") expect(await retryBackfill(environment, id, {})).toBe(2);
    else await changeRunningBackfill(environment, id, { add: "2024-01-03" }, {});
    await run.load();
    expect(await run.advance()).toBe(false);
    const { status, counts } = await client.backfills.get(id);
    const queued = change === "add" ? 1 : 2;
    expect({ hasEnded, status, queued: counts.queued }).toEqual({
      ...{ hasEnded: true, status: "running", queued },
    });
  }
});

test("a backfill canceled during a retry stays canceled", async () => {
  const id = await allFailed("2024-01-01");
  const own = interrupted(async () => {
    await client.backfills.cancel(id);
    expect(await (await runOf(id)).advance()).toBe(true);
  });
  await retryBackfill({ store: own, graph: definition.graph, registered, raiseVersions }, id, {});
  expect(await client.backfills.get(id)).toMatchObject({
    status: "canceled",
    counts: { canceled: 1, waiting: 0 },
  });
});

test("a retry that was interrupted before it set the backfill running is finished by the next one", async () => {
  const id = await allFailed("2024-01-01", "2024-01-02");
  const run = await runOf(id);
  expect(await run.advance()).toBe(true);
  const selected = await readSelected(store, "raw", id);
  expect(await reopenPartitions(store, "raw", id, "failed", selected)).toBe(2);
  expect(await client.backfills.get(id)).toMatchObject({
    status: "failed",
    counts: { waiting: 2 },
  });
  await client.backfills.retry(id);
  expect(await client.backfills.get(id)).toMatchObject({
    status: "running",
    counts: { waiting: 2 },
  });
});

test("reopening without a ledger creates none", async () => {
  const selected = known.ordinals.lanesOf(allPartitions(days, context));
  expect(await reopenPartitions(store, "raw", "bf_gone", "failed", selected)).toBe(0);
  expect(await store.redis.exists(store.keys.ledger("raw", "bf_gone"))).toBe(0);
});
