import { asset, newBackfillId, project } from "@infill/core";
import { staticPartitions } from "@infill/partitions";
import { stateKeys } from "@infill/state";
import { cleanPrefix, eventually, redisUrlForTests, testPrefix } from "@infill/test-support";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { afterAll, expect, test } from "vitest";
import { startWorker } from "../process/startWorker.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
afterAll(() => cleanPrefix(url, prefix));

const forged = { v: 1, b: newBackfillId(0), a: "ours", l: "", o: 0, n: 1, k: "a", t: 0 };

test.each<[string, unknown]>([
  ["a huge run of an unknown asset", { ...forged, a: "unknown", n: 2 ** 52 }],
  ["an ordinal beyond every asset", { ...forged, o: 1e300 }],
  ["a key of a megabyte", { ...forged, k: "k".repeat(1_000_000) }],
  ["a lane that is none", { ...forged, l: "x:y" }],
  ["a list", [1, 2, 3]],
  ["text that is no JSON", undefined],
])("a job with %s is removed and logged once, and the worker continues", async (_, data) => {
  const namespace = `${prefix}-${Math.random().toString(36).slice(2)}`;
  const ours = asset({ name: "ours", partitions: staticPartitions(["a"]), materialize: () => {} });
  const told: string[] = [];
  const tell = (message: string) => void told.push(message);
  const redis = new Redis(url);
  const prefixOfPool = stateKeys(namespace).poolPrefix("default");
  const queue = new Queue("default", { connection: { url }, prefix: prefixOfPool });
  const { id = "" } = await queue.add("partition", data ?? {}, { jobId: "bf_forged" });
  if (data === undefined) await redis.hset(`${prefixOfPool}:default:${id}`, "data", "{");
  const worker = await startWorker({
    ...{ project: project({ namespace, assets: [ours] }), redisUrl: url },
    log: { info: () => {}, warn: tell, error: tell },
  });
  try {
    await eventually(async () => (await redis.exists(`${prefixOfPool}:default:${id}`)) === 0);
    expect(await queue.getJobCounts()).toMatchObject({
      waiting: 0,
      active: 0,
      delayed: 0,
      failed: 0,
    });
    expect(
      told.filter((message) => message === "removed a job that is not a partition job"),
    ).toHaveLength(1);
  } finally {
    await worker.close();
    await queue.close();
    redis.disconnect();
  }
});

test.each(["gone", "canceled"])(
  "a job of an asset that the project lacks is dropped if its backfill is %s",
  async (how) => {
    const namespace = `${prefix}-${how}`;
    const ours = asset({
      name: "ours",
      partitions: staticPartitions(["a"]),
      materialize: () => {},
    });
    const redis = new Redis(url);
    const keys = stateKeys(namespace);
    const queue = new Queue("default", {
      connection: { url },
      prefix: keys.poolPrefix("default"),
    });
    if (how !== "gone") await redis.hset(keys.backfill(forged.b), "status", how);
    const { id = "" } = await queue.add(
      "partition",
      { ...forged, a: "lacking" },
      { jobId: "bf_1" },
    );
    const worker = await startWorker({
      ...{ project: project({ namespace, assets: [ours] }), redisUrl: url },
    });
    try {
      await eventually(async () => (await queue.getJob(id)) === undefined);
    } finally {
      await worker.close();
      await queue.close();
      redis.disconnect();
    }
  },
);

test("a job of an asset that its running backfill does not have is removed and logged once", async () => {
  const namespace = `${prefix}-nobody`;
  const ours = asset({ name: "ours", partitions: staticPartitions(["a"]), materialize: () => {} });
  const redis = new Redis(url);
  const keys = stateKeys(namespace);
  const prefixOfPool = keys.poolPrefix("default");
  const queue = new Queue("default", { connection: { url }, prefix: prefixOfPool });
  await redis.hset(keys.backfill(forged.b), "status", "running");
  // Another project has this asset, and the backfill too.
  await redis.hset(keys.ledger("theirs", forged.b), "selected", "1");
  const { id: nobodys = "" } = await queue.add(
    "partition",
    { ...forged, a: "lacking" },
    { jobId: "bf_1" },
  );
  const { id: theirs = "" } = await queue.add(
    "partition",
    { ...forged, a: "theirs" },
    { jobId: "bf_2" },
  );
  const told: { readonly message: string; readonly facts: unknown }[] = [];
  const tell = (message: string, facts?: unknown) => void told.push({ message, facts });
  const worker = await startWorker({
    ...{ project: project({ namespace, assets: [ours] }), redisUrl: url },
    log: { info: () => {}, warn: tell, error: tell },
  });
  try {
    await eventually(async () => (await queue.getJob(nobodys)) === undefined);
    await eventually(() => told.some(({ message }) => /leaving it to another/.test(message)));
    expect(await queue.getJob(theirs)).toBeDefined();
    expect(told.filter(({ message }) => message.startsWith("removed"))).toEqual([
      {
        message: "removed a job of an asset that its backfill does not have",
        facts: { asset: "lacking", backfill: forged.b },
      },
    ]);
  } finally {
    await worker.close();
    await queue.close();
    redis.disconnect();
  }
});

test("an unreadable control message is skipped, and logged once however many come", async () => {
  const namespace = `${prefix}-control`;
  const ours = asset({ name: "ours", partitions: staticPartitions(["a"]), materialize: () => {} });
  const told: string[] = [];
  const tell = (message: string) => void told.push(message);
  const redis = new Redis(url);
  const worker = await startWorker({
    ...{ project: project({ namespace, assets: [ours] }), redisUrl: url },
    log: { info: () => {}, warn: tell, error: tell },
  });
  try {
    const channel = stateKeys(namespace).controlChannel;
    for (const text of [
      "",
      "x",
      `${forged.b} explode`,
      "c".repeat(1_000_000),
      `${forged.b} paused`,
    ])
      expect(await redis.publish(channel, text)).toBe(1);
    const skipped = () =>
      told.filter((message) => message.startsWith("skipped an unreadable control message"));
    await eventually(() => skipped().length > 0);
    // Messages arrive in order, so all have been read once this one has.
    await worker.close();
    expect(skipped()).toHaveLength(1);
  } finally {
    await worker.close();
    redis.disconnect();
  }
});
