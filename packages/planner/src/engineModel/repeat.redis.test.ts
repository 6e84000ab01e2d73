import { openStateStore } from "@infill/state";
import { startRedis } from "@infill/test-support";
import { expect, test } from "vitest";
import { runHistory } from "./engineHistory.testing.ts";

/** A history on a server of its own, as when somebody repeats it. */
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

// Histories with stalled jobs, whose order in Redis differs between servers.
test.each([4, 22])(
  "seed %i gives the same history on every server",
  async (seed) => {
    const [one, other] = [await traceOf(seed), await traceOf(seed)];
    expect(other).toEqual(one);
    expect(one.length).toBeGreaterThan(60);
  },
  120_000,
);
