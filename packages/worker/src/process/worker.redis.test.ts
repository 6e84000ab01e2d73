import { asset, type MaterializeContext, newBackfillId, project } from "@infill/core";
import { staticPartitions, subsetFromKeys } from "@infill/partitions";
import {
  openLedger,
  openStateStore,
  readLedgerCounters,
  readWorkers,
  registerProject,
  reservePartitions,
  type StateStore,
} from "@infill/state";
import { cleanPrefix, eventually, redisUrlForTests, testPrefix } from "@infill/test-support";
import { Queue } from "bullmq";
import { afterAll, expect, test } from "vitest";
import { startWorker } from "./startWorker.ts";
import type { WorkerOptions } from "./workerOptions.ts";

const prefix = testPrefix();
const url = redisUrlForTests();
afterAll(() => cleanPrefix(url, prefix));

interface Scene {
  readonly store: StateStore;
  readonly queue: Queue;
  readonly worker: Awaited<ReturnType<typeof startWorker>>;
  counters(): Promise<{ readonly [count: string]: number | undefined }>;
}

/** A worker that gets one job for the one partition of an asset; all is closed after the test. */
async function withWorker(
  name: string,
  materialize: (context: MaterializeContext) => unknown,
  options: Pick<WorkerOptions, "leaseMs" | "graceMs">,
  body: (scene: Scene) => Promise<void>,
): Promise<void> {
  const namespace = `${prefix}-${name}`;
  const sales = asset({
    name: "sales",
    partitions: staticPartitions(["a"]),
    materialize: (context) => materialize(context) as Promise<void>,
  });
  const definition = project({ namespace, assets: [sales] });
  const store = await openStateStore(url, namespace, "test");
  const queue = new Queue("default", {
    ...{ connection: { url }, prefix: store.keys.poolPrefix("default") },
  });
  const known = (await registerProject(store, definition)).get("sales");
  if (known === undefined) throw new Error("Bug: the asset of the project");
  const id = newBackfillId(Date.now());
  await openLedger(store, known, id, subsetFromKeys(sales.partitions, ["a"], { nowMs: 0 }));
  await reservePartitions(store, "sales", id, 10, [{ lane: "", ordinals: [0] }]);
  const data = { v: 1, b: id, a: "sales", l: "", o: 0, n: 1, k: "a", t: Date.now() };
  await queue.add("partition", data, { jobId: "bf_1" });
  const worker = await startWorker({ project: definition, redisUrl: url, ...options });
  const counters = async () => {
    const { succeeded, failed, inProgress, queued } =
      (await readLedgerCounters(store, "sales", id)) ?? {};
    return { succeeded, failed, inProgress, queued };
  };
  try {
    await body({ store, queue, worker, counters });
  } finally {
    await worker.close({ graceMs: 0 });
    await queue.close();
    await store.close();
  }
}

test("the entry that heartbeats renew keeps the lease, from which the age of a heartbeat follows", async () => {
  await withWorker(
    "lease",
    () => {},
    { leaseMs: 1_000 },
    async ({ store }) => {
      const entry = async () => (await readWorkers(store))[0];
      const written = (await entry())?.overdueMs ?? 0;
      let latest = await entry();
      // The end of the lease moves with each heartbeat.
      await eventually(async () => {
        const before = latest?.overdueMs ?? written;
        latest = await entry();
        return (latest?.overdueMs ?? 0) < before;
      });
      expect(latest?.leaseMs).toBe(1_000);
    },
  );
});

test("a worker that closes lets its functions end within the grace, and leaves the registry", async () => {
  let end = () => {};
  let starts = 0;
  const run = () => {
    starts++;
    return new Promise<void>((resolve) => {
      end = resolve;
    });
  };
  await withWorker("grace", run, {}, async ({ store, worker, counters }) => {
    await eventually(() => worker.running().length === 1);
    const closed = worker.close({ graceMs: 60_000 });
    await eventually(async () => (await readWorkers(store))[0]?.state === "draining");
    expect(await counters()).toMatchObject({ inProgress: 1 });
    end();
    await closed;
    expect(await counters()).toEqual({ succeeded: 1, failed: 0, inProgress: 0, queued: 0 });
    expect(await readWorkers(store)).toEqual([]);
    expect(starts).toBe(1);
  });
});

test("a worker that closes stops what runs beyond the grace, and its job returns to the queue", async () => {
  const reasons: unknown[] = [];
  const run = ({ signal }: MaterializeContext) =>
    new Promise<void>((_, reject) => {
      signal.addEventListener("abort", () => {
        reasons.push(signal.reason);
        reject(new Error("stopped"));
      });
    });
  await withWorker("beyond", run, {}, async ({ queue, worker, counters }) => {
    await eventually(() => worker.running().length === 1);
    await worker.close({ graceMs: 10 });
    expect(reasons).toMatchObject([{ reason: "draining" }]);
    expect(await counters()).toEqual({ succeeded: 0, failed: 0, inProgress: 0, queued: 1 });
    expect(await queue.getJobCounts("waiting", "active")).toEqual({ waiting: 1, active: 0 });
  });
});

test("a function that blocks the event loop beyond the lease keeps its claim, and settles once", async () => {
  const attempts: number[] = [];
  const run = ({ attempt }: MaterializeContext) => {
    attempts.push(attempt);
    const endMs = Date.now() + 2_500;
    while (Date.now() < endMs);
  };
  await withWorker("blocked", run, { leaseMs: 1_000 }, async ({ counters }) => {
    await eventually(async () => (await counters())["succeeded"] === 1);
    expect(await counters()).toEqual({ succeeded: 1, failed: 0, inProgress: 0, queued: 0 });
    expect(attempts).toEqual([1]);
  });
});
