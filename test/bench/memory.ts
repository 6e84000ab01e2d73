import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import { barTable, shortNumber } from "./barTable.ts";
import { allMinutes, minutesText } from "./processes/timedProject.ts";
import { memoryByKind, memoryOfKeys, usedMemory } from "./redisMemory.ts";
import type { Scenario } from "./scenario.ts";
import { numberArgument } from "./scenarioArguments.ts";
import { TimedEngine } from "./timedEngine.ts";

/** Partitions that run before the first look, so that scripts, streams and buffers are there. */
const warmUp = 5_000;

/**
 * What Redis holds of a settled partition, and of a backfill of ten million while it runs. What is the same at any size
 * (streams, scripts, buffers) is divided too, so that small runs look worse than large ones.
 */
export const scenario: Scenario = {
  name: "memory",
  description:
    "bytes of Redis a settled partition, and of the queue at ten million [--partitions 100000] [--seconds 5]",
  async run(options) {
    const { args, log, redisUrl } = options;
    const partitions = numberArgument(args, "--partitions", 100_000);
    const seconds = numberArgument(args, "--seconds", 5);
    const engine = await TimedEngine.start(options, { workers: 2, concurrency: 128 });
    const redis = new Redis(redisUrl);
    try {
      await engine.ended(await engine.submit("minutes", minutesText(0, warmUp)), "succeeded");
      const before = await usedMemory(redis);
      const id = await engine.submit("minutes", minutesText(warmUp, partitions));
      await engine.ended(id, "succeeded");
      const settledBytesPerPartition = ((await usedMemory(redis)) - before) / partitions;
      for (const [kind, { keys, bytes }] of await memoryByKind(redis, engine.namespace))
        log(
          `  ${kind.padEnd(28)} ${String(keys).padStart(6)} keys ${String(bytes).padStart(10)} B`,
        );

      const large = await engine.submit("minutes", minutesText(0, allMinutes));
      await engine.hasStarted(large);
      let peakQueueBytes10m = 0;
      for (const untilMs = performance.now() + seconds * 1_000; performance.now() < untilMs; ) {
        const bytes = await memoryOfKeys(redis, `${engine.namespace}:{pool/*`);
        peakQueueBytes10m = Math.max(peakQueueBytes10m, bytes);
        await delay(250);
      }
      await engine.client.backfills.cancel(large);
      await engine.ended(large, "canceled");
      const { count } = await engine.starts(large);
      const [kilobytes = Number.NaN] = (await engine.planner.ask("memory")).map(Number);
      const plannerRssMb10m = kilobytes / 1_024;
      log(
        `${count} of ten million were started; ${shortNumber(peakQueueBytes10m)} B of queue at most`,
      );
      for (const line of barTable([
        {
          metric: "settledBytesPerPartition",
          value: settledBytesPerPartition,
          most: 32,
          what: `${partitions} settled partitions; the bar is for 1,000,000`,
        },
        {
          metric: "peakQueueBytes10m",
          value: peakQueueBytes10m,
          most: 20e6,
          what: "keys of the pool",
        },
        {
          metric: "plannerRssMb10m",
          value: plannerRssMb10m,
          most: 300,
          what: "the planner's peak",
        },
      ]))
        log(line);
      return { settledBytesPerPartition, peakQueueBytes10m, plannerRssMb10m };
    } finally {
      redis.disconnect();
      await engine.close();
    }
  },
};
