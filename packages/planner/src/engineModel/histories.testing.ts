import { openStateStore, type StateStore } from "@infill/state";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { runHistory } from "./engineHistory.testing.ts";

/** A range of seeds. */
export interface SeedRange {
  readonly first: number;
  readonly runs: number;
}

/** A Redis server for this test alone. */
export interface HistoryServer {
  readonly url: string;
  stop(): Promise<unknown>;
}

/** Seeds of one test. */
const perTest = 25;

/**
 * Tests that run one history for each seed, on a server of their own, because every history ends
 * with FLUSHALL. A failure found by a seed becomes a test of its own: after any change here, the
 * seed gives another history.
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
