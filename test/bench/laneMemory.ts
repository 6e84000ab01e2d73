import { setTimeout as delay } from "node:timers/promises";
import { openStateStore, unpackedBackfills } from "@infill/state";
import { memoryByKind, usedMemory } from "./redisMemory.ts";
import type { ScenarioOptions } from "./scenario.ts";
import { ShapeEngine } from "./shapeEngine.ts";
import type { Shape } from "./shapes/shape.ts";

/** Bytes of Redis, all keys included. */
export interface LaneMemory {
  /** By partition, after one backfill, which is kept. */
  readonly bytesPerPartition: number;
  /** By partition, for each further backfill of the same partitions that is kept. */
  readonly bytesPerKeptBackfill: number;
}

/** What Redis holds of partitions in many lanes once a backfill of them has ended, and once a second one has. */
export async function laneMemory(
  { redisUrl, log }: ScenarioOptions,
  shape: Shape,
  about: number,
): Promise<LaneMemory> {
  const namespace = `bench${process.pid}-${shape.name}`;
  const store = await openStateStore(redisUrl, namespace, "bench");
  const engine = await ShapeEngine.start({
    redisUrl,
    namespace,
    shape,
    workers: 2,
    concurrency: 50,
  });
  const { redis } = engine;
  try {
    const looks = [await usedMemory(redis)];
    let partitions = 0;
    for (const backfill of ["one backfill", "two backfills"]) {
      const run = await engine.run(about);
      partitions = run.partitions;
      // The planner does this within a minute of the end.
      while ((await unpackedBackfills(store, [run.id])).length > 0) await delay(200);
      looks.push(await usedMemory(redis));
      log(`${shape.name}, ${partitions} partitions, after ${backfill}:`);
      for (const [kind, { keys, bytes }] of await memoryByKind(redis, namespace))
        log(
          `  ${kind.padEnd(28)} ${String(keys).padStart(6)} keys ${String(bytes).padStart(10)} B`,
        );
    }
    const [start = Number.NaN, first = Number.NaN, second = Number.NaN] = looks;
    return {
      bytesPerPartition: (first - start) / partitions,
      bytesPerKeptBackfill: (second - first) / partitions,
    };
  } finally {
    await engine.close();
    await store.close();
  }
}
