import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import { type Bar, shortNumber } from "./barTable.ts";
import { allMinutes, minutesText } from "./processes/timedProject.ts";
import { memoryByKind, memoryOfKeys, usedMemory } from "./redisMemory.ts";
import type { ScenarioOptions } from "./scenario.ts";
import { numberArgument } from "./scenarioArguments.ts";
import { TimedEngine } from "./timedEngine.ts";

/** Partitions that run before the first look, so that scripts, streams and buffers are there. */
const warmUp = 5_000;

/** What Redis holds of a settled partition of one lane, and of a backfill of ten million while it runs. */
export async function minutesMemory(options: ScenarioOptions): Promise<Bar[]> {
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
      log(`  ${kind.padEnd(28)} ${String(keys).padStart(6)} keys ${String(bytes).padStart(10)} B`);

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
    log(
      `${count} of ten million were started; ${shortNumber(peakQueueBytes10m)} B of queue at most`,
    );
    return [
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
        value: kilobytes / 1_024,
        most: 300,
        what: "the planner's peak",
      },
    ];
  } finally {
    redis.disconnect();
    await engine.close();
  }
}
