import { connect, type InfillClient } from "@infill/client";
import { chunkOrdinals, pageRecords, recordBytes, stateKeys } from "@infill/state";
import { Redis } from "ioredis";
import { barTable } from "./barTable.ts";
import { median } from "./processes/median.ts";
import { rootPartitions, wideProject } from "./processes/wideProject.ts";
import type { Scenario } from "./scenario.ts";
import { numberArgument } from "./scenarioArguments.ts";

/**
 * Preview of a backfill whose root has ten million partitions and nineteen assets below it: over assets that never
 * ran, and where every second partition of the root, picked at random, is materialized. And `:stale` over a million
 * records and the million that they read: where all were made after what they read, and where each was made a moment
 * after what it reads, while the rest was still being made.
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
      const { assets, toRun } = await client.backfills.preview({ assets: "*" });
      log(`${assets.length} assets, ${toRun} partitions in all`);
      if (assets.length !== 20 || assets[0]?.toRun !== rootPartitions)
        throw new Error("Bug: that is not ten million partitions over twenty assets");
      const ms10m20assets = await previews(client, rounds);
      await materializeAtRandom(redis, namespace, "minutes1");
      const msScattered10m = await previews(client, rounds);
      const [msStale1m, msStaleCascade1m] = [
        await stale(client, redis, namespace, () => 0),
        await stale(client, redis, namespace, (ordinal) => ordinal),
      ];
      const what = `median of ${rounds}`;
      for (const line of barTable([
        { metric: "ms10m20assets", value: ms10m20assets, most: 1_000, what },
        { metric: "msScattered10m", value: msScattered10m, most: 1_000, what },
        { metric: "msStale1m", value: msStale1m, most: 2_000, what: "one look" },
        { metric: "msStaleCascade1m", value: msStaleCascade1m, most: 5_000, what: "one look" },
      ]))
        log(line);
      return { ms10m20assets, msScattered10m, msStale1m, msStaleCascade1m };
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
    await client.backfills.preview({ assets: "*" });
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

/** Partitions whose records `stale` writes, of `minutes1` and of `minutes2`, which reads it. */
const recorded = 1_000_000;

/**
 * How long it takes to find what is stale of a million partitions: one in a thousand is.
 *
 * @param madeAt milliseconds from the first settlement of an ordinal's upstream partition; its own comes 50 ms later
 */
async function stale(
  client: InfillClient,
  redis: Redis,
  namespace: string,
  madeAt: (ordinal: number) => number,
): Promise<number> {
  const startMs = Date.UTC(2024, 0, 1);
  await writeRecords(redis, namespace, "minutes1", (ordinal) =>
    ordinal % 1_000 === 7 ? startMs + 2 * recorded : startMs + madeAt(ordinal),
  );
  await writeRecords(redis, namespace, "minutes2", (ordinal) => startMs + madeAt(ordinal) + 50);
  const beginMs = performance.now();
  const { total } = await client.partitions.count("minutes2", ":stale");
  const tookMs = performance.now() - beginMs;
  if (total !== recorded / 1_000) throw new Error(`Bug: ${total} partitions are stale`);
  return tookMs;
}

async function writeRecords(
  redis: Redis,
  namespace: string,
  asset: string,
  settledMs: (ordinal: number) => number,
): Promise<void> {
  const keys = stateKeys(namespace);
  const whole = Buffer.alloc(chunkOrdinals / 8, 255);
  for (let chunk = 0; chunk * chunkOrdinals < rootPartitions; chunk++) {
    const members = Math.min(chunkOrdinals, Math.max(0, recorded - chunk * chunkOrdinals));
    const bits = Buffer.from(whole.subarray(0, Math.ceil(members / 8)));
    await redis.set(keys.plane(asset, "", "materialized", chunk), bits);
    const pipeline = redis.pipeline();
    for (let first = 0; first < members; first += pageRecords) {
      const page = Buffer.alloc(pageRecords * recordBytes);
      for (let offset = 0; offset < pageRecords; offset++) {
        const ordinal = chunk * chunkOrdinals + first + offset;
        page.writeUIntBE(settledMs(ordinal), offset * recordBytes, 6);
      }
      pipeline.set(keys.records(asset, "", (chunk * chunkOrdinals + first) / pageRecords), page);
    }
    await pipeline.exec();
  }
}
