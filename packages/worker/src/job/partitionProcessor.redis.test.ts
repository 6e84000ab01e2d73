import { asset, newBackfillId, project, versionsOf } from "@infill/core";
import { staticPartitions, subsetFromKeys } from "@infill/partitions";
import {
  claimPartitions,
  openLedger,
  openStateStore,
  readLedgerCounters,
  registerProject,
  registerVersions,
  reservePartitions,
  type StateStore,
} from "@infill/state";
import { cleanPrefix, eventually, redisUrlForTests, testPrefix } from "@infill/test-support";
import { DelayedError, type Job, Queue, WaitingError, Worker } from "bullmq";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { RunningClaims } from "../run/runningClaims.ts";
import { type JobSlot, JobSlots } from "./jobSlots.ts";
import { PartitionProcessor } from "./partitionProcessor.ts";

const prefix = testPrefix();
const url = redisUrlForTests();
let store: StateStore;
let queue: Queue;
let bull: Worker;
let tokens = 0;

beforeAll(async () => {
  store = await openStateStore(url, prefix, "test");
  const place = { connection: { url }, prefix: store.keys.poolPrefix("default") };
  queue = new Queue("default", place);
  bull = new Worker("default", null, {
    ...{ ...place, autorun: false, lockDuration: 60_000 },
    ...{ removeOnComplete: { count: 0 }, removeOnFail: { count: 0 } },
  });
  await Promise.all([queue.waitUntilReady(), bull.waitUntilReady()]);
});
afterAll(async () => {
  await bull.close();
  await queue.close();
  await store.close();
  await cleanPrefix(url, prefix);
});

const keys = ["a", "b", "c"];

/** A job for three partitions of an asset of its own, and the processor that gets it. */
async function scene(name: string, run: (key: string, signal: AbortSignal) => unknown) {
  const sales = asset({
    name,
    partitions: staticPartitions(keys),
    retry: { maxAttempts: 2 },
    materialize: ({ partition, signal }) => run(partition.key, signal) as Promise<void>,
  });
  const definition = project({ namespace: prefix, assets: [sales] });
  const registered = await registerProject(store, definition);
  const known = registered.get(name);
  if (known === undefined) throw new Error("Bug: the asset of the project");
  const id = newBackfillId(Date.now());
  const selected = subsetFromKeys(sales.partitions, keys, { nowMs: 0 });
  await openLedger(store, known, id, selected);
  await reservePartitions(store, name, id, 10, [{ lane: "", ordinals: [0, 1, 2] }]);
  const running = new RunningClaims();
  const logged: string[] = [];
  const tell = (message: string) => void logged.push(message);
  const processor = new PartitionProcessor({
    ...{ store, graph: definition.graph, registered, pools: definition.pools, running },
    versions: versionsOf(definition).assets,
    ...{ session: `s_${name}`, leaseMs: 60_000, graceMs: 60_000 },
    ...{ maxProcessDeaths: 2, maxLapses: 2 },
    heartbeat: {
      claimAsked: () => ({ granted() {}, ended() {} }),
      jobStarted: () => () => {},
      signOfLife() {},
    },
    log: { info() {}, warn: tell, error: tell },
  });
  const data = { v: 1, b: id, a: name, l: "", o: 0, n: 3, k: "a", t: Date.now() };
  await queue.add("partition", data, { jobId: `bf_${name}` });
  /** The queue's next job, locked with a token of its own. */
  const take = async (): Promise<{ readonly job: Job; readonly token: string }> => {
    const token = `t_${tokens++}`;
    const job = await bull.getNextJob(token, { block: false });
    if (job === undefined || job === null) throw new Error("the queue is empty");
    return { job, token };
  };
  const counters = async () => {
    const found = await readLedgerCounters(store, name, id);
    if (found === undefined) throw new Error("the ledger is missing");
    const { succeeded, failed, inProgress, queued } = found;
    return { succeeded, failed, inProgress, queued };
  };
  const slots = new JobSlots(1, () => {});
  const process = (job: Job, token: string) => processor.process(job, token, slots.take(1));
  const forget = () => processor.forgetPlan(id);
  const versions = versionsOf(definition);
  return { id, known, process, running, logged, take, counters, slots, forget, versions };
}

test("each partition of a job is claimed, runs and settles once, also if the job is delivered twice", async () => {
  const ran: string[] = [];
  const { process, take, counters } = await scene("once", (key) => void ran.push(key));
  const { job, token } = await take();
  await process(job, token);
  await process(job, token);
  expect(ran).toEqual(keys);
  expect(await counters()).toEqual({ succeeded: 3, failed: 0, inProgress: 0, queued: 0 });
  await job.moveToCompleted("", token, false);
});

test("a partition whose claim is refused does not run, and the others of its job do", async () => {
  const ran: string[] = [];
  const { id, known, process, take, counters } = await scene(
    "refused",
    (key) => void ran.push(key),
  );
  const request = { backfillId: id, lane: "", ordinal: 1, claimNumber: 1 };
  await claimPartitions(store, known, "s_other", 60_000, [request]);
  const { job, token } = await take();
  await process(job, token);
  expect(ran).toEqual(["a", "c"]);
  expect(await counters()).toMatchObject({ succeeded: 2, inProgress: 1 });
  await job.moveToCompleted("", token, false);
});

test("a partition that is told to stop for a cancel settles nothing, and frees its claim", async () => {
  const ended = (signal: AbortSignal) =>
    new Promise<void>((_, reject) => {
      signal.addEventListener("abort", () => reject(new Error("stopped")));
    });
  const { process, running, take, counters } = await scene("canceled", (key, signal) =>
    key === "a" ? ended(signal) : undefined,
  );
  const { job, token } = await take();
  const processing = process(job, token);
  await eventually(() => running.count === 1);
  running.abort("canceled", () => true);
  await processing;
  expect(await counters()).toEqual({ succeeded: 2, failed: 0, inProgress: 0, queued: 0 });
  expect(running.count).toBe(0);
  await job.moveToCompleted("", token, false);
});

test("a worker that drains gives the partition back, and its job returns to the queue at once", async () => {
  const ran: string[] = [];
  const { process, running, take, counters } = await scene("drained", (key, signal) => {
    ran.push(key);
    return new Promise<void>((_, reject) => {
      signal.addEventListener("abort", () => reject(new Error("stopped")));
    });
  });
  const { job, token } = await take();
  const processing = expect(process(job, token)).rejects.toThrow(WaitingError);
  await eventually(() => running.count === 1);
  running.abort("draining", () => true);
  await processing;
  expect(ran).toEqual(["a"]);
  expect(await counters()).toEqual({ succeeded: 0, failed: 0, inProgress: 0, queued: 3 });
  expect(await job.getState()).toBe("waiting");
  await job.remove();
});

test("a failed attempt delays the job; the last one fails the partition and is not tried again", async () => {
  const ran: string[] = [];
  const { process, take, counters } = await scene("failing", (key) => {
    ran.push(key);
    if (key === "b") throw new Error("broken");
  });
  const first = await take();
  await expect(process(first.job, first.token)).rejects.toThrow(DelayedError);
  expect(ran).toEqual(keys);
  expect(await first.job.getState()).toBe("delayed");
  expect(await counters()).toMatchObject({ succeeded: 2, failed: 0 });
  await first.job.promote();
  const second = await take();
  await process(second.job, second.token);
  expect(ran).toEqual([...keys, "b"]);
  expect(await counters()).toEqual({ succeeded: 2, failed: 1, inProgress: 0, queued: 0 });
  await second.job.moveToCompleted("", second.token, false);
});

test("an unreadable job runs nothing, is logged, and ends", async () => {
  const ran: string[] = [];
  const { process, logged, take, counters } = await scene("unreadable", (key) => {
    ran.push(key);
  });
  const { job, token } = await take();
  job.data = { ...job.data, n: 0 };
  await process(job, token);
  expect(ran).toEqual([]);
  expect(logged).toEqual(["removed a job that is not a partition job"]);
  expect(await counters()).toMatchObject({ succeeded: 0, queued: 3 });
  await job.moveToCompleted("", token, false);
});

test("a job that waits for a slot returns to the queue when its worker drains", async () => {
  const ran: string[] = [];
  const { process, slots, running, take, counters } = await scene(
    "waiting",
    (key) => void ran.push(key),
  );
  const other = slots.take(1);
  const { job, token } = await take();
  const processing = expect(process(job, token)).rejects.toThrow(WaitingError);
  slots.close();
  await processing;
  expect([ran, running.count]).toEqual([[], 0]);
  expect(await counters()).toEqual({ succeeded: 0, failed: 0, inProgress: 0, queued: 3 });
  expect(await job.getState()).toBe("waiting");
  other.end();
  await job.remove();
});

test("a job that drains after it gave way waits for the backoff of what has failed", async () => {
  const ran: string[] = [];
  const { process, slots, take, counters } = await scene("gave_way", (key) => {
    ran.push(key);
    urgent = slots.take(0);
    throw new Error("broken");
  });
  let urgent: JobSlot | undefined;
  const { job, token } = await take();
  const processing = expect(process(job, token)).rejects.toThrow(DelayedError);
  await eventually(() => urgent?.isFree === true);
  slots.close();
  await processing;
  expect(ran).toEqual(["a"]);
  expect(await counters()).toEqual({ succeeded: 0, failed: 0, inProgress: 0, queued: 3 });
  expect(await job.getState()).toBe("delayed");
  urgent?.end();
  await job.remove();
});

test("a job waits for its slot, and holds it until its functions have ended", async () => {
  const ran: string[] = [];
  let end = () => {};
  const held = new Promise<void>((resolve) => {
    end = resolve;
  });
  const { process, slots, take, counters } = await scene("slotted", (key) => {
    ran.push(key);
    return key === "c" ? held : undefined;
  });
  const other = slots.take(1);
  const { job, token } = await take();
  const processing = process(job, token);
  const next = slots.take(1);
  expect(ran).toEqual([]);
  other.end();
  await eventually(() => ran.length === 3);
  expect(next.isFree).toBe(false);
  end();
  await processing;
  expect(next.isFree).toBe(true);
  next.end();
  expect(await counters()).toMatchObject({ succeeded: 3, inProgress: 0 });
  await job.moveToCompleted("", token, false);
});

test.each(["after seconds", "when it is told of a change"])(
  "a job whose backfill needs a newer project by now stops between two partitions %s",
  async (when) => {
    const name = `raised_${when.replaceAll(" ", "_")}`;
    const ran: string[] = [];
    const raise = async () => {
      const assets = new Map([[name, "newer"]]);
      await registerVersions(store, { fingerprint: "newer", assets }, "plan");
      const text = JSON.stringify({ version: 1, assets: { [name]: "newer" } });
      await store.redis.hset(store.keys.backfill(id), { status: "running", versions: text });
      if (when !== "after seconds") return forget();
      const real = performance.now.bind(performance);
      vi.spyOn(performance, "now").mockImplementation(() => real() + 5_000);
    };
    const { id, process, logged, take, counters, forget, versions } = await scene(name, (key) => {
      ran.push(key);
      return key === "a" ? raise() : undefined;
    });
    await registerVersions(store, versions, "run");
    const { job, token } = await take();
    try {
      await expect(process(job, token)).rejects.toThrow(DelayedError);
    } finally {
      vi.restoreAllMocks();
    }
    expect(ran).toEqual(["a"]);
    expect(logged).toEqual([expect.stringMatching(/^this worker runs an older project/)]);
    expect(await counters()).toEqual({ succeeded: 1, failed: 0, inProgress: 0, queued: 2 });
    await job.remove();
  },
);
