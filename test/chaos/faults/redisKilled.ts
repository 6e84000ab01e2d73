import type { Fault } from "../fault.ts";
import { allInvariants } from "../invariants/index.ts";

/** F23: Redis crashes. */
export const redisKilled: Fault = {
  id: "F23",
  what: "redis-server crashes twice, by SIGKILL or DEBUG SEGFAULT, and starts again from its append-only file after up to 3 s",
  promises: ["P1", "P2", "P13"],
  invariants: allInvariants,
  scenario: () => ({ lastsMs: 6_000 }),
  async inject(scenario) {
    const { random, server } = scenario;
    for (let round = 0; round < 2; round++) {
      if (random.next() < 0.5) scenario.redis.call("DEBUG", "SEGFAULT").catch(() => {});
      else await server.kill9();
      await scenario.waitOut(random.between(100, 3_000));
      await server.restart();
      await scenario.more(20);
    }
  },
  check: ({ executions }) => {
    // Workers hold what they have done until Redis is back; nothing need run again, unless a lease ended meanwhile.
    const partitions = new Set(executions.map(({ start }) => `${start.asset} ${start.key}`));
    return partitions.size === 0 ? ["nothing ran"] : [];
  },
};
