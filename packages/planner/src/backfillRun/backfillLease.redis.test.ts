import { openStateStore, type StateStore } from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BackfillLease } from "./backfillLease.ts";

const prefix = testPrefix();
const url = redisUrlForTests();
let store: StateStore;
let nowMs = 0;

beforeAll(async () => {
  store = await openStateStore(url, prefix, "test");
});
afterAll(async () => {
  await store.close();
  await cleanPrefix(url, prefix);
});

function leaseOf(backfillId: string, planner: string, tickMs = 1_000): BackfillLease {
  return new BackfillLease(store, backfillId, {
    ...{ planner, tickMs, leaseMs: 60_000, now: () => nowMs },
  });
}

test("is overdue until it is granted, and again once it may be over by the planner's own clock", async () => {
  const lease = leaseOf("bf_a", "p1");
  expect(lease.isOverdue).toBe(true);
  expect(await lease.renew()).toBe(true);
  nowMs += 60_000;
  expect(lease.isOverdue).toBe(false);
  nowMs += 1;
  expect(lease.isOverdue).toBe(true);
  expect(await lease.renew()).toBe(true);
  expect(lease.isOverdue).toBe(false);
});

test("a planner whose backfill another one has taken is refused, and stays overdue", async () => {
  const [lease, other] = [leaseOf("bf_b", "p1"), leaseOf("bf_b", "p2")];
  expect(await lease.renew()).toBe(true);
  expect(await other.renew()).toBe(false);
  expect(other.isOverdue).toBe(true);
  // It freezes beyond its lease, which ends in Redis.
  nowMs += 61_000;
  await store.redis.del(store.keys.backfillLease("bf_b"));
  expect(await other.renew()).toBe(true);
  expect(await lease.renew()).toBe(false);
  expect([lease.isOverdue, other.isOverdue]).toEqual([true, false]);
  await other.release();
  expect(await lease.renew()).toBe(true);
});

test("a lease shorter than its renewal interval is not checked", () => {
  expect(leaseOf("bf_c", "p1", 60_000).isOverdue).toBe(false);
});
