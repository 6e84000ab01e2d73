import { openStateStore } from "@infill/state";
import { startRedis } from "@infill/test-support";
import { expect, test } from "vitest";
import { faults } from "./faults/index.ts";

test("P16: a Redis that evicts keys is refused, and one that keeps nothing is warned of", async () => {
  const evicting = await startRedis({ maxmemoryPolicy: "allkeys-lru" });
  await expect(openStateStore(evicting.url, "p16", "test")).rejects.toMatchObject({
    code: "INFILL_REDIS_EVICTS",
  });
  await evicting.stop();
  const forgetful = await startRedis();
  const store = await openStateStore(forgetful.url, "p16", "test");
  expect(store.health.warnings.join()).toContain("Redis saves nothing to disk");
  await store.close();
  await forgetful.stop();
});

test("every promise that a fault can break has a fault that tries", () => {
  const tried = new Set(faults.flatMap(({ promises }) => promises));
  const breakable = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 17, 21].map((n) => `P${n}`);
  expect(breakable.filter((promise) => !tried.has(promise))).toEqual([]);
});
