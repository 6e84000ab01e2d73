import type { Fault } from "../fault.ts";
import { allInvariants } from "../invariants/index.ts";

const lastsMs = (partitions: number) => (partitions < 2_000 ? 4_000 : 20_000);

/** F32: connections are killed again and again. */
export const connectionsKilled: Fault = {
  id: "F32",
  what: "CLIENT KILL TYPE normal and pubsub each 100 ms for 20 s (4 s below 2,000 partitions)",
  promises: ["P13", "P14"],
  invariants: allInvariants,
  scenario: (partitions) => ({ lastsMs: 1.5 * lastsMs(partitions) }),
  async inject(scenario) {
    const untilMs = Date.now() + lastsMs(scenario.options.partitions);
    while (Date.now() < untilMs) {
      await scenario.redis.call("CLIENT", "KILL", "TYPE", "normal");
      await scenario.redis.call("CLIENT", "KILL", "TYPE", "pubsub");
      await scenario.waitOut(100);
    }
  },
};
