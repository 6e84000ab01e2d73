import { eventually } from "@infill/test-support";
import type { Fault } from "../fault.ts";
import { allInvariants } from "../invariants/index.ts";

/** F22: Redis is restarted in good order. */
export const redisRestarted: Fault = {
  id: "F22",
  what: "SHUTDOWN of Redis, started again from its append-only file after 5 s (2 s below 2,000 partitions)",
  promises: ["P1", "P13", "P14"],
  invariants: allInvariants,
  scenario: () => ({ lastsMs: 4_000 }),
  async inject(scenario) {
    const { pid } = scenario.server;
    await scenario.redis.call("SHUTDOWN").catch(() => {});
    await eventually(() => !isThere(pid), { what: "the end of redis-server" });
    await scenario.waitOut(scenario.options.partitions < 2_000 ? 2_000 : 5_000);
    await scenario.server.restart();
  },
};

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
