import type { Fault } from "../fault.ts";
import { allInvariants } from "../invariants/index.ts";

const roundsOf = (partitions: number) => (partitions < 2_000 ? 4 : 20);

/** F3: one deploy after another. */
export const deploys: Fault = {
  id: "F3",
  what: "SIGTERM to a worker and a new one in its place, 20 times in a row (4 below 2,000 partitions)",
  promises: ["P2", "P7"],
  invariants: allInvariants,
  sparesIndependent: true,
  scenario: (partitions) => ({ lastsMs: 1_500 * roundsOf(partitions) }),
  async inject(scenario) {
    for (let round = 0; round < roundsOf(scenario.options.partitions); round++) {
      const [oldest] = scenario.alive("worker");
      if (oldest === undefined) throw new Error("Bug: no worker is left to be replaced");
      const heir = scenario.start("worker");
      oldest.process.kill("SIGTERM");
      await Promise.all([oldest.process.exited, heir]);
    }
  },
  check({ executions }) {
    const partitions = new Set(executions.map(({ start }) => `${start.asset} ${start.key}`));
    const extra = executions.length - partitions.size;
    return extra === 0 ? [] : [`${extra} partitions ran twice though every worker drained`];
  },
};
