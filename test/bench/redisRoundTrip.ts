import { parseArgs } from "node:util";
import { Redis } from "ioredis";
import type { Scenario } from "./scenario.ts";

async function perSecond(count: number, work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return Math.round(count / ((performance.now() - startMs) / 1_000));
}

/** What this machine and this Redis can do at most: the other scenarios' figures are read beside it. */
export const scenario: Scenario = {
  name: "redisRoundTrip",
  description: "commands a second of one connection, one by one and pipelined [--commands 20000]",
  async run({ redisUrl, args, log }) {
    const { values } = parseArgs({
      args: [...args],
      options: { commands: { type: "string", default: "20000" } },
    });
    const count = Number(values.commands);
    const redis = new Redis(redisUrl);
    const key = "bench:redis-round-trip";
    try {
      await redis.ping();
      log(`${count} commands one by one, then all at once`);
      const roundTripsPerSecond = await perSecond(count, async () => {
        for (let sent = 0; sent < count; sent++) await redis.incr(key);
      });
      const pipelinedPerSecond = await perSecond(count, () =>
        Promise.all(Array.from({ length: count }, () => redis.incr(key))),
      );
      return { roundTripsPerSecond, pipelinedPerSecond };
    } finally {
      await redis.unlink(key);
      redis.disconnect();
    }
  },
};
