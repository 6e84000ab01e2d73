import { runDoctor } from "@infill/doctor";
import { asset, project } from "@infill/core";
import { daily } from "@infill/partitions";
import { connect } from "@infill/client";
import { startPlanner } from "@infill/planner";
import { openStateStore, registerAsset } from "@infill/state";
import { Redis } from "ioredis";
import { barTable } from "./barTable.ts";
import { EndedBackfills } from "./endedBackfills.ts";
import { median } from "./processes/median.ts";
import { memoryByKind, usedMemory } from "./redisMemory.ts";
import type { Scenario } from "./scenario.ts";
import { numberArgument } from "./scenarioArguments.ts";

/** Backfills that are written before the first look, so that records, streams and scripts are there. */
const warmUp = 2_000;

/** What many backfills that have ended cost: those who list, a planner that starts, the doctor, and Redis. */
export const scenario: Scenario = {
  name: "retention",
  description:
    "listing, planner start, doctor and bytes with ended backfills [--backfills 20000] [--rounds 7]",
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
      const ended = new EndedBackfills(store, definition, await registerAsset(store, days));
      await ended.write(0, warmUp);
      const before = await usedMemory(redis);
      await ended.write(warmUp, warmUp + backfills);
      const bytesPerEnded = ((await usedMemory(redis)) - before) / backfills;
      for (const [kind, { keys, bytes }] of await memoryByKind(redis, definition.namespace))
        log(
          `  ${kind.padEnd(28)} ${String(keys).padStart(6)} keys ${String(bytes).padStart(10)} B`,
        );
      const timed = async (action: () => Promise<unknown>) => {
        const times: number[] = [];
        for (let round = 0; round < rounds; round++) {
          const startMs = performance.now();
          await action();
          times.push(performance.now() - startMs);
        }
        return median(times);
      };
      const listRunningMs = await timed(() => client.backfills.list({ status: "running" }));
      const listMs = await timed(() => client.backfills.list());
      const startMs = performance.now();
      const planner = await startPlanner({ project: definition, redisUrl });
      const plannerStartMs = performance.now() - startMs;
      await planner.close();
      const { tookMs: doctorMs, findings } = await runDoctor(client.connection);
      if (findings.length > 0)
        throw new Error(`the doctor found ${findings.map(({ check }) => check).join(", ")}`);
      const what = `median of ${rounds}`;
      for (const line of barTable([
        { metric: "listRunningMs", value: listRunningMs, most: 50, what },
        { metric: "listMs", value: listMs, most: 250, what: `first page; ${what}` },
        {
          metric: "plannerStartMs",
          value: plannerStartMs,
          most: 500,
          what: "BullMQ's load included",
        },
        { metric: "doctorMs", value: doctorMs, most: 30_000, what: "everything sound" },
        {
          metric: "bytesPerEnded",
          value: bytesPerEnded,
          most: 1_500,
          what: "a quarter with 20 partitions, failures and a log",
        },
      ]))
        log(line);
      return { listRunningMs, listMs, plannerStartMs, doctorMs, bytesPerEnded };
    } finally {
      redis.disconnect();
      await client.close();
      await store.close();
    }
  },
};
