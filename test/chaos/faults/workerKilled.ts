import type { Fault } from "../fault.ts";
import { repeatedExecutions } from "../repeatedExecutions.ts";
import { takenOver } from "../takenOver.ts";
import { allInvariants } from "../invariants/index.ts";

/** F1: one worker dies. */
export const workerKilled: Fault = {
  id: "F1",
  what: "SIGKILL of one worker in the middle of its partitions, another one 2 s later",
  promises: ["P2", "P3", "P7", "P8"],
  invariants: allInvariants,
  sparesIndependent: true,
  scenario: () => ({ lastsMs: 4_000 }),
  async inject(scenario) {
    await scenario.kill(scenario.random.pick(scenario.alive("worker")));
    await scenario.waitOut(2_000);
    await scenario.start("worker");
  },
  check(evidence) {
    const wrong = takenOver(evidence).wrong;
    const extra = repeatedExecutions(evidence);
    const held = evidence.scenario.options.concurrency;
    if (extra > held)
      wrong.push(`${extra} extra executions; the dead worker held ${held} at the most (P7)`);
    return wrong;
  },
  figures: (evidence) => ({ elsewhereMs: takenOver(evidence).slowestMs }),
};
