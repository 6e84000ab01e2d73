import { openStateStore, type StateStore } from "@infill/state";
import { type RedisServer, startRedis } from "@infill/test-support";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { runHistory } from "./engineHistory.testing.ts";

/**
 * Histories by seed. `INFILL_MODEL_SEED=7 INFILL_MODEL_RUNS=1` runs one of them, and a larger number looks for
 * what these 200 do not meet. What a seed has found becomes a test of its own, because seeds stand for other histories
 * as soon as something here changes.
 */
const first = Number(process.env["INFILL_MODEL_SEED"] ?? 1);
const runs = Number(process.env["INFILL_MODEL_RUNS"] ?? 200);
const seeds = Array.from({ length: runs }, (_, index) => first + index);
const perTest = 25;

let server: RedisServer;
let store: StateStore;

beforeAll(async () => {
  // Its own, because every history ends with FLUSHALL.
  server = await startRedis();
  store = await openStateStore(server.url, "model", "model");
});
afterEach(() => store.redis.flushall());
afterAll(async () => {
  await store.close();
  await server.stop();
});

for (let at = 0; at < seeds.length; at += perTest) {
  const page = seeds.slice(at, at + perTest);
  test(`whatever planners, workers and users do, every invariant holds after each step: seeds ${page[0]} to ${page.at(-1)}`, {
    timeout: 1_200_000,
  }, async () => {
    const failures: string[] = [];
    for (const seed of page) {
      try {
        const { partitions, steps } = await runHistory(store, seed);
        expect(partitions).toBeGreaterThanOrEqual(500);
        expect(steps).toBeGreaterThan(30);
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
      }
      await store.redis.flushall();
    }
    expect(failures.join("\n\n")).toBe("");
  });
}
