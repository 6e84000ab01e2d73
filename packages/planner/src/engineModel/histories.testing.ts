import { openStateStore, type StateStore } from "@infill/state";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { runHistory } from "./engineHistory.testing.ts";

/** Seeds of histories. */
export interface SeedRange {
  readonly first: number;
  readonly runs: number;
}

/** A Redis server that nobody else uses. */
export interface HistoryServer {
  readonly url: string;
  stop(): Promise<unknown>;
}

/** Seeds in one test. */
const perTest = 25;

/**
 * Tests that run a history for each seed, on a server of their own, because every history ends with FLUSHALL. What a seed has found becomes a test of its own,
 * because seeds stand for other histories as soon as something here changes.
 */
export function testHistories(
  { first, runs }: SeedRange,
  startServer: () => Promise<HistoryServer>,
): void {
  const seeds = Array.from({ length: runs }, (_, index) => first + index);
  let server: HistoryServer;
  let store: StateStore;

  beforeAll(async () => {
    server = await startServer();
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
}
