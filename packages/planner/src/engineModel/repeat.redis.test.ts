import { openStateStore } from "@infill/state";
import { startRedis } from "@infill/test-support";
import { expect, test } from "vitest";
import { runHistory } from "./engineHistory.testing.ts";

/** A history on a server of its own, as whoever repeats it has. */
async function traceOf(seed: number): Promise<readonly string[]> {
  const server = await startRedis();
  const store = await openStateStore(server.url, "model", "model");
  try {
    return (await runHistory(store, seed)).trace;
  } finally {
    await store.close();
    await server.stop();
  }
}

// Histories in which jobs stall, of which Redis has no order of its own.
test.each([4, 22])(
  "seed %i stands for one history, whatever server it runs on",
  async (seed) => {
    const [one, other] = [await traceOf(seed), await traceOf(seed)];
    expect(other).toEqual(one);
    expect(one.length).toBeGreaterThan(60);
  },
  120_000,
);
