import { asset, backfillRequestSchema, newBackfillId, project } from "@infill/core";
import { daily, requirePartition, subsetFromKeys } from "@infill/partitions";
import { connect, startPlanner } from "@infill/planner";
import {
  claimPartitions,
  createBackfillRecord,
  openLedger,
  openStateStore,
  registerAsset,
  reservePartitions,
  sealLedger,
  setBackfillStatus,
  settlePartitions,
} from "@infill/state";
import { Redis } from "ioredis";
import { barTable } from "./barTable.ts";
import { median } from "./processes/median.ts";
import { memoryByKind, usedMemory } from "./redisMemory.ts";
import type { Scenario } from "./scenario.ts";
import { numberArgument } from "./scenarioArguments.ts";

/** Backfills that are written at once. */
const atOnce = 64;

/** What many backfills that have ended cost: those who list what runs, a planner that starts, and Redis. */
export const scenario: Scenario = {
  name: "retention",
  description:
    "listing, planner start and bytes with ended backfills [--backfills 20000] [--rounds 7]",
  async run({ redisUrl, args, log }) {
    const backfills = numberArgument(args, "--backfills", 20_000);
    const rounds = numberArgument(args, "--rounds", 7);
    const days = asset({
      name: "days",
      partitions: daily({ start: "2020-01-01", end: "2024-01-01" }),
      materialize() {},
    });
    const definition = project({
      namespace: `bench${process.pid}`,
      assets: [days],
      // Nothing is pruned while this measures.
      retention: { endedBackfills: { maxAgeDays: null, maxCount: null } },
    });
    const store = await openStateStore(redisUrl, definition.namespace, "bench");
    const redis = new Redis(redisUrl);
    const client = await connect(definition, { redisUrl });
    try {
      const registered = await registerAsset(store, days);
      const nowMs = Date.UTC(2024, 0, 1);
      const request = backfillRequestSchema.parse({ assets: "days" });
      const end = async (index: number) => {
        const key = new Date(Date.UTC(2020, 0, 1 + (index % 1_400))).toISOString().slice(0, 10);
        const id = newBackfillId(nowMs + index);
        const subset = subsetFromKeys(days.partitions, [key], { nowMs });
        await openLedger(store, registered, id, subset);
        const header = { version: 1 as const, request, assets: ["days"], plannedMs: nowMs };
        await createBackfillRecord(store, id, header);
        const coordinates = requirePartition(days.partitions, key, { nowMs });
        const place = registered.ordinals.addressOf(coordinates);
        const claim = { backfillId: id, ...place, claimNumber: index + 1 };
        const page = { lane: place.lane, ordinals: [place.ordinal] };
        await reservePartitions(store, "days", id, 1, [page]);
        await claimPartitions(store, registered, "s", 60_000, [claim]);
        const settled = { attempt: 1, durationMs: 1, outcome: "succeeded" as const };
        await settlePartitions(store, registered, "s", [{ ...claim, ...settled, note: undefined }]);
        await setBackfillStatus(store, id, { to: "succeeded", from: ["running"] });
        // As a planner does within a minute of the end.
        await sealLedger(store, "days", id);
      };
      // Records, streams and scripts are there before the first look.
      await inPages(0, 2_000, end);
      const before = await usedMemory(redis);
      await inPages(2_000, 2_000 + backfills, end);
      const bytesPerEnded = ((await usedMemory(redis)) - before) / backfills;
      for (const [kind, { keys, bytes }] of await memoryByKind(redis, definition.namespace))
        log(
          `  ${kind.padEnd(28)} ${String(keys).padStart(6)} keys ${String(bytes).padStart(10)} B`,
        );
      const times: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const startMs = performance.now();
        await client.listBackfills({ status: "running" });
        times.push(performance.now() - startMs);
      }
      const listRunningMs = median(times);
      const startMs = performance.now();
      const planner = await startPlanner({ project: definition, redisUrl });
      const plannerStartMs = performance.now() - startMs;
      await planner.close();
      for (const line of barTable([
        { metric: "listRunningMs", value: listRunningMs, most: 50, what: `median of ${rounds}` },
        {
          metric: "plannerStartMs",
          value: plannerStartMs,
          most: 500,
          what: "BullMQ's load included",
        },
        { metric: "bytesPerEnded", value: bytesPerEnded, most: 1_500, what: "one partition each" },
      ]))
        log(line);
      return { listRunningMs, plannerStartMs, bytesPerEnded };
    } finally {
      redis.disconnect();
      await client.close();
      await store.close();
    }
  },
};

async function inPages(
  from: number,
  to: number,
  make: (index: number) => Promise<void>,
): Promise<void> {
  for (let first = from; first < to; first += atOnce) {
    const count = Math.min(atOnce, to - first);
    await Promise.all(Array.from({ length: count }, (_, index) => make(first + index)));
  }
}
