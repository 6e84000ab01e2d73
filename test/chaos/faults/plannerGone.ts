import type { Fault } from "../fault.ts";
import { allInvariants } from "../invariants/index.ts";

const goneMs = (partitions: number) => (partitions < 2_000 ? 4_000 : 60_000);

/** F16: nobody plans for a long time. */
export const plannerGone: Fault = {
  id: "F16",
  what: "SIGKILL of the planner; another one 60 s later, when the window has long drained (4 s below 2,000 partitions)",
  promises: ["P2", "P9"],
  invariants: allInvariants,
  scenario: () => ({ lastsMs: 4_000 }),
  async inject(scenario) {
    for (const planner of scenario.alive("planner")) await scenario.kill(planner);
    await scenario.waitOut(goneMs(scenario.options.partitions));
    await scenario.start("planner");
  },
};
