import { asset, newBackfillId, project } from "@infill/core";
import { daily, requirePartition, subsetFromKeys } from "@infill/partitions";
import {
  claimPartitions,
  openLedger,
  openStateStore,
  registerAsset,
  reservePartitions,
} from "@infill/state";
import { cleanPrefix, eventually, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, expect, test } from "vitest";
import { startPlanner } from "./startPlanner.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
afterAll(() => cleanPrefix(url, prefix));

test("a planner that frees lapsed claims does not say that the worker died", async () => {
  const raw = asset({
    name: "raw",
    partitions: daily({ start: "2024-01-01", end: "2024-01-11" }),
    materialize: () => {},
  });
  const definition = project({ namespace: prefix, assets: [raw] });
  const store = await openStateStore(url, prefix, "test");
  const registered = await registerAsset(store, raw);
  const context = { nowMs: Date.now() };
  const backfillId = newBackfillId(context.nowMs);
  const day = "2024-01-02";
  await openLedger(store, registered, backfillId, subsetFromKeys(raw.partitions, [day], context));
  const place = registered.ordinals.addressOf(requirePartition(raw.partitions, day, context));
  const { lane, ordinal } = place;
  await reservePartitions(store, "raw", backfillId, 1, [{ lane, ordinals: [ordinal] }]);
  // The lease of a worker that lives, but is frozen or without Redis.
  await claimPartitions(store, registered, "s_1", 1, [{ backfillId, ...place, claimNumber: 1 }]);
  const lines: { readonly message: string; readonly facts: unknown }[] = [];
  const note = (message: string, facts?: unknown) => void lines.push({ message, facts });
  const log = { debug: note, info: note, warn: note, error: note };
  const planner = await startPlanner({ project: definition, redisUrl: url, log, tickMs: 20 });
  try {
    await eventually(() => lines.some(({ message }) => message.startsWith("claims have lapsed")), {
      what: "the line about lapsed claims",
    });
  } finally {
    await planner.close();
  }
  expect(lines.find(({ message }) => /lapsed/.test(message))).toEqual({
    message:
      "claims have lapsed, because a worker died, froze or did not reach Redis; their partitions are free again",
    facts: { asset: "raw", partitions: 1 },
  });
  expect(lines.filter(({ message }) => message.includes("a worker died;"))).toEqual([]);
  await store.close();
});
