import type { Fault } from "../fault.ts";
import { allInvariants } from "../invariants/index.ts";

const rounds = (partitions: number) => (partitions < 2_000 ? 4 : 20);

/** F36: Redis forgets every script. */
export const scriptsForgotten: Fault = {
  id: "F36",
  what: "SCRIPT FLUSH SYNC each second, 20 times (4 below 2,000 partitions)",
  promises: ["P14"],
  invariants: allInvariants,
  sparesIndependent: true,
  scenario: (partitions) => ({ lastsMs: 1_200 * rounds(partitions) }),
  async inject(scenario) {
    for (let round = 0; round < rounds(scenario.options.partitions); round++) {
      await scenario.redis.script("FLUSH", "SYNC");
      await scenario.waitOut(1_000);
    }
  },
  check({ executions }) {
    const partitions = new Set(executions.map(({ start }) => `${start.asset} ${start.key}`));
    const extra = executions.length - partitions.size;
    return extra === 0 ? [] : [`${extra} partitions ran twice though nothing was lost`];
  },
};
