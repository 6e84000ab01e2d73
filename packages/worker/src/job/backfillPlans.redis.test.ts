import { newBackfillId, type PartitionJob, partitionJobSchema } from "@infill/core";
import { openStateStore, registerVersions, type StateStore } from "@infill/state";
import { cleanPrefix, eventually, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { BackfillPlans } from "./backfillPlans.ts";

const prefix = testPrefix();
const url = redisUrlForTests();
let store: StateStore;
let nowMs = 0;
let id = "";
let job: PartitionJob;
let plans: BackfillPlans;

beforeAll(async () => {
  store = await openStateStore(url, prefix, "test");
  for (const version of ["1", "2"]) {
    const assets = new Map([["days", version]]);
    await registerVersions(store, { fingerprint: `f${version}`, assets }, "plan");
  }
});
beforeEach(() => {
  nowMs = 0;
  id = newBackfillId(Date.now());
  job = partitionJobSchema.parse({ v: 1, b: id, a: "days", l: "", o: 0, n: 1, k: "a", t: 0 });
  plans = new BackfillPlans(store, new Map([["days", "1"]]), () => nowMs);
});
afterAll(async () => {
  await store.close();
  await cleanPrefix(url, prefix);
});

/** Makes the backfill need this version of its asset. */
async function need(days: string): Promise<void> {
  const text = JSON.stringify({ version: 1, assets: { days } });
  await store.redis.hset(store.keys.backfill(id), "versions", text);
}

test("a backfill of the worker's own version fits, and one of a newer version does not", async () => {
  await need("1");
  expect(plans.known(job)).toBeUndefined();
  expect(await plans.look(job)).toBe("fits");
  expect(plans.known(job)).toBe("fits");
  await need("2");
  expect(await plans.look(job)).toBe("older");
  expect(plans.known(job)).toBe("older");
});

test("an answer is asked for again beside the jobs that use it, both ways", async () => {
  for (const [before, fit, after, next] of [
    ["1", "fits", "2", "older"],
    ["2", "older", "1", "fits"],
  ] as const) {
    await need(before);
    plans.forget(id);
    expect(await plans.look(job)).toBe(fit);
    await need(after);
    nowMs += 1_999;
    expect(plans.known(job)).toBe(fit);
    nowMs += 1;
    // This use asks, and the answer comes later.
    expect(plans.known(job)).toBe(fit);
    await eventually(() => plans.known(job) === next);
  }
});

test("an answer that nobody has used for seconds is not used", async () => {
  await need("1");
  await plans.look(job);
  await need("2");
  nowMs += 4_999;
  expect(plans.known(job)).toBe("fits");
  nowMs += 1;
  expect(plans.known(job)).toBeUndefined();
  expect(await plans.look(job)).toBe("older");
});

test("a fresh answer costs no call to Redis, and uses of an older one share a call", async () => {
  const reads = vi.spyOn(store.redis, "hgetall");
  await need("1");
  await Promise.all([plans.look(job), plans.look(job)]);
  expect(reads).toHaveBeenCalledTimes(1);
  for (let use = 0; use < 100; use++) expect(plans.known(job)).toBe("fits");
  expect(reads).toHaveBeenCalledTimes(1);
  nowMs += 2_000;
  for (let use = 0; use < 100; use++) expect(plans.known(job)).toBe("fits");
  expect(reads).toHaveBeenCalledTimes(2);
  reads.mockRestore();
});

test("what is forgotten is asked again, also while an answer is on its way", async () => {
  await need("1");
  await plans.look(job);
  plans.forget(id);
  expect(plans.known(job)).toBeUndefined();
  const early = plans.look(job);
  plans.forget(id);
  await need("2");
  expect(await early).toBe("fits");
  expect(plans.known(job)).toBeUndefined();
  expect(await plans.look(job)).toBe("older");
});

test("an asset of unknown version fits", async () => {
  expect(await plans.look(job)).toBe("fits");
});
