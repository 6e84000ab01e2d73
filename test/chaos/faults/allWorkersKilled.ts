import type { Fault } from "../fault.ts";
import { allInvariants } from "../invariants/index.ts";

/** F2: every worker dies at once. */
export const allWorkersKilled: Fault = {
  id: "F2",
  what: "SIGKILL of all workers at once; others 10 s later (3 s below 2,000 partitions)",
  promises: ["P2", "P8"],
  invariants: allInvariants,
  sparesIndependent: true,
  scenario: () => ({ lastsMs: 3_000 }),
  async inject(scenario) {
    const workers = scenario.alive("worker");
    await Promise.all(workers.map((worker) => scenario.kill(worker)));
    await scenario.waitOut(scenario.options.partitions < 2_000 ? 3_000 : 10_000);
    await Promise.all(workers.map(() => scenario.start("worker")));
  },
};
