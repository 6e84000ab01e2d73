import { connect, type InfillClient } from "@infill/planner";
import { chunkOrdinals, stateKeys } from "@infill/state";
import { Redis } from "ioredis";
import { barTable, shortNumber } from "./barTable.ts";
import { median } from "./processes/median.ts";
import { rootPartitions, wideProject } from "./processes/wideProject.ts";
import type { Scenario } from "./scenario.ts";
import { numberArgument } from "./scenarioArguments.ts";

/**
 * Preview of a backfill whose root has ten million partitions and nineteen assets below it. Once over assets that never
 * ran, which is the metric, and once where every second partition of the root, picked at random, is materialized.
 */
export const scenario: Scenario = {
  name: "plan",
  description: "preview of ten million partitions over a graph of twenty assets [--rounds 7]",
  async run({ redisUrl, args, log }) {
    const rounds = numberArgument(args, "--rounds", 7);
    const namespace = `bench${process.pid}`;
    const client = await connect(wideProject(namespace), { redisUrl });
    const redis = new Redis(redisUrl);
    try {
      const { assets, toRun } = await client.previewBackfill({ assets: "*" });
      log(`${assets.length} assets, ${toRun} partitions in all`);
      if (assets.length !== 20 || assets[0]?.toRun !== rootPartitions)
        throw new Error("Bug: that is not ten million partitions over twenty assets");
      const ms10m20assets = await previews(client, rounds);
      await materializeAtRandom(redis, namespace, "minutes1");
      const scatteredMs = await previews(client, Math.min(rounds, 3));
      log(`with a random half of the root materialized: ${shortNumber(scatteredMs)} ms`);
      const what = `median of ${rounds}`;
      for (const line of barTable([
        { metric: "ms10m20assets", value: ms10m20assets, most: 1_000, what },
      ]))
        log(line);
      return { ms10m20assets };
    } finally {
      redis.disconnect();
      await client.close();
    }
  },
};

async function previews(client: InfillClient, rounds: number): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const startMs = performance.now();
    await client.previewBackfill({ assets: "*" });
    times.push(performance.now() - startMs);
  }
  return median(times);
}

/** Writes the bits that a backfill would have left; its records are not looked at by a preview. */
async function materializeAtRandom(redis: Redis, namespace: string, asset: string): Promise<void> {
  const keys = stateKeys(namespace);
  let state = 1;
  const pipeline = redis.pipeline();
  for (let chunk = 0; chunk * chunkOrdinals < rootPartitions; chunk++) {
    const bits = Buffer.alloc(chunkOrdinals / 8);
    for (let index = 0; index < bits.length; index++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      bits[index] = state >>> 24;
    }
    pipeline.set(keys.plane(asset, "", "materialized", chunk), bits);
  }
  await pipeline.exec();
}
