import { asset, type PartitionJob, project } from "@infill/core";
import { partitionOfKey, staticPartitions, subsetFromKeys } from "@infill/partitions";
import {
  assetScope,
  countPermits,
  lapseSessions,
  openLedger,
  openStateStore,
  registerAsset,
  reservePartitions,
  type StateStore,
} from "@infill/state";
import { cleanPrefix, eventually, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AssetWork } from "../claim/assetWork.ts";
import { PartitionPermits } from "../claim/partitionPermits.ts";
import { RunningClaims } from "../run/runningClaims.ts";
import { laterOf } from "./tellEndings.ts";
import { BatchRuns } from "./batchRuns.ts";
import { ClaimAhead } from "./claimAhead.ts";
import { PartitionRuns } from "./partitionRuns.ts";
import type { Again } from "./partitionStart.ts";

const prefix = testPrefix();
const url = redisUrlForTests();
const backfillId = "bf_01JD3K9V000000000000000000";
const names = ["a", "b", "c", "d"];
const silent = { info() {}, warn() {}, error() {} };
const held = { granted: () => {}, ended: () => {} };
let store: StateStore;
let nextAsset = 1;

beforeAll(async () => {
  store = await openStateStore(url, prefix, "test");
});
afterAll(async () => {
  await store.close();
  await cleanPrefix(url, prefix);
});

/** Four queued partitions of an asset with this function, which is told the key. */
async function scene(
  materialize: (key: string) => Promise<void> | void,
  { maxAttempts = 1, concurrency }: { maxAttempts?: number; concurrency?: number } = {},
) {
  const name = `together${nextAsset++}`;
  const definition = asset({
    name,
    partitions: staticPartitions(names),
    retry: { maxAttempts, backoffMs: 50 },
    ...(concurrency === undefined ? {} : { concurrency }),
    materialize: ({ partition }) => materialize(partition.key),
  });
  const registered = await registerAsset(store, definition);
  const { partitions } = definition;
  await openLedger(store, registered, backfillId, subsetFromKeys(partitions, names, { nowMs: 0 }));
  await reservePartitions(store, name, backfillId, 10, [{ lane: "", ordinals: [0, 1, 2, 3] }]);
  const heartbeat = { claimAsked: () => held, signOfLife: () => {} };
  const work = new AssetWork(store, registered, "s_1", 60_000, heartbeat);
  const running = new RunningClaims();
  const { graph } = project({ assets: [definition] });
  const limits = { graceMs: 50, maxProcessDeaths: 2, maxLapses: 5 };
  const permits = new PartitionPermits(store, [registered], new Map(), 60_000, silent);
  const environment = { store, graph, session: "s_1", running, heartbeat, log: silent, ...limits };
  const runs = new PartitionRuns(environment, permits);
  const batches = new BatchRuns(environment, permits);
  const job: PartitionJob = {
    ...{
      backfillId,
      asset: name,
      firstKey: "a",
      plannedMs: 0,
      dynamic: undefined,
      retry: undefined,
    },
    runs: [{ lane: "", first: 0, length: 4 }],
  };
  const batch = names.map((key, ordinal) => {
    const coordinates = partitionOfKey(partitions, key, { nowMs: 0 });
    if (coordinates === undefined) throw new Error("Bug: the key of the definition");
    const place = { backfillId, lane: "", ordinal, claimNumber: ordinal + 1, partition: key };
    return { target: { job, key, coordinates, planned: { nowMs: 0 } }, place };
  });
  const counts = async () => {
    const ledger = await store.redis.hgetall(store.keys.ledger(name, backfillId));
    return ["queued", "in_progress", "succeeded", "failed"].map((word) => Number(ledger[word]));
  };
  /** As a worker does: what was given back because its turn did not come is claimed again. */
  const runAll = async () => {
    let again: Again | undefined;
    for (let done = 0; done < batch.length; ) {
      const claimed = await batches.claim(work, batch.slice(done), 1, false);
      if (claimed === "unregistered") throw new Error("Bug: the asset is registered");
      const ended = await batches.run(claimed);
      await ended.told;
      again = laterOf(again, ended.again);
      if (again?.isWhole === true) break;
      done += ended.done;
      const alone = batch[done];
      if (!ended.isNextAlone || alone === undefined) continue;
      const last = await runs.claimAndRun(work, alone.target, alone.place, 1);
      if (last !== "unregistered") await last.told;
      done++;
    }
    return again;
  };
  /** Claims a partition for a process that then dies. */
  const die = async (ordinal: number) => {
    const dead = new AssetWork(store, registered, "s_dead", 1, heartbeat);
    const place = {
      backfillId,
      lane: "",
      ordinal,
      claimNumber: 7,
      partition: names[ordinal] ?? "",
    };
    await dead.claim(place);
    await eventually(async () => (await lapseSessions(store, name)) === 1);
  };
  const permitsUsed = async () => (await countPermits(store, [assetScope(name)]))[0];
  return { work, running, counts, runAll, die, permitsUsed, batches, batch };
}

test("partitions that are claimed together run in order and settle", async () => {
  const ran: string[] = [];
  const { runAll, counts } = await scene((key) => void ran.push(key));
  expect(await runAll()).toBeUndefined();
  expect(ran).toEqual(names);
  expect(await counts()).toEqual([0, 0, 4, 0]);
});

test.each([
  // [the slow one; counts while it runs]
  ["a", [4, 1, 0, 0]],
  ["b", [3, 1, 1, 0]],
] as const)(
  "behind a slow function (%s) nothing waits: what ended before settles, and the rest is given back while it runs",
  async (slowKey, meanwhile) => {
    let end = () => {};
    const slow = new Promise<void>((resolve) => {
      end = resolve;
    });
    const { runAll, counts } = await scene((key) => (key === slowKey ? slow : undefined));
    const all = runAll();
    await eventually(async () => (await counts()).join() === meanwhile.join());
    end();
    expect(await all).toBeUndefined();
    expect(await counts()).toEqual([0, 0, 4, 0]);
  },
);

test("a failed one is tried again after its delay, and the others settle", async () => {
  const fails = (key: string) => {
    if (key === "c") throw new Error("no");
  };
  const { runAll, counts } = await scene(fails, { maxAttempts: 2 });
  expect(await runAll()).toEqual({ delayMs: expect.any(Number) });
  expect(await counts()).toEqual([1, 0, 3, 0]);
});

test("those that are told to stop before their turn do not run, and give their claims back", async () => {
  const ran: string[] = [];
  const { runAll, counts, running } = await scene((key) => {
    ran.push(key);
    if (key === "b") running.abort("draining", () => true);
  });
  expect(await runAll()).toEqual({ delayMs: 0, isWhole: true });
  expect(ran).toEqual(["a", "b"]);
  // b had returned when it was told, so it settles.
  expect(await counts()).toEqual([2, 0, 2, 0]);
});

test("those that somebody else has settled are not run again", async () => {
  const ran: string[] = [];
  const { runAll, counts, work } = await scene((key) => void ran.push(key));
  const place = { backfillId, lane: "", ordinal: 1, claimNumber: 99 };
  await work.claim({ ...place, partition: "b" });
  await work.settle({ ...place, outcome: "succeeded", attempt: 1, durationMs: 1, note: undefined });
  expect(await runAll()).toBeUndefined();
  expect(ran).toEqual(["a", "c", "d"]);
  expect(await counts()).toEqual([0, 0, 4, 0]);
});

test("one with which a process died runs alone, and does not wait under its claim", async () => {
  const ran: string[] = [];
  const claimed: (number | undefined)[] = [];
  const { runAll, counts, die } = await scene(async (key) => {
    ran.push(key);
    claimed.push((await counts())[1]);
  });
  await die(1);
  expect(await runAll()).toBeUndefined();
  expect(ran).toEqual(["a", "c", "d", "b"]);
  // The claim of b is given back before a runs.
  expect(claimed[0]).toBe(3);
  expect(await counts()).toEqual([0, 0, 4, 0]);
});

test("under a cap, as many are claimed together as get a permit, and none is left held", async () => {
  const claimed: (number | undefined)[] = [];
  const used: (number | undefined)[] = [];
  const { runAll, counts, permitsUsed } = await scene(
    async () => {
      claimed.push((await counts())[1]);
      used.push(await permitsUsed());
    },
    { concurrency: 3 },
  );
  expect(await runAll()).toBeUndefined();
  expect(Math.max(...claimed.map((count) => count ?? 0))).toBe(3);
  expect(used.every((count) => count !== undefined && count >= 1 && count <= 3)).toBe(true);
  expect(await counts()).toEqual([0, 0, 4, 0]);
  expect(await permitsUsed()).toBe(0);
});

/** The batch of a scene, as a claim ahead. */
const aheadOf = ({ batches, work, batch }: Awaited<ReturnType<typeof scene>>) =>
  new ClaimAhead(batches, { work, targets: batch, needsPermits: false }, 1);

test("a claim that was asked for ahead runs in its turn", async () => {
  const ran: string[] = [];
  const parts = await scene((key) => void ran.push(key));
  const ahead = aheadOf(parts);
  await eventually(async () => (await parts.counts())[1] === 4);
  expect(ran).toEqual([]);
  const claimed = await ahead.take();
  if (claimed === undefined || claimed === "unregistered") throw new Error("Bug: it was claimed");
  const { told, done } = await parts.batches.run(claimed);
  await told;
  expect([ran, done]).toEqual([names, 4]);
  expect(await parts.counts()).toEqual([0, 0, 4, 0]);
});

test("a claim whose turn does not come is given back, and nothing of it runs", async () => {
  const ran: string[] = [];
  const parts = await scene((key) => void ran.push(key));
  const ahead = aheadOf(parts);
  await eventually(async () => (await parts.counts())[1] === 4);
  await eventually(async () => (await parts.counts()).join() === "4,0,0,0");
  expect(await ahead.take()).toBeUndefined();
  expect([ran, parts.running.count]).toEqual([[], 0]);
});

test("a claim ahead that is given back twice is released once", async () => {
  const parts = await scene(() => {});
  const ahead = aheadOf(parts);
  await Promise.all([ahead.giveBack(), ahead.giveBack()]);
  expect(await parts.counts()).toEqual([4, 0, 0, 0]);
  expect(parts.running.count).toBe(0);
});
