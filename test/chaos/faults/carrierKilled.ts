import type { Fault } from "../fault.ts";
import { allInvariants } from "../invariants/index.ts";
import { tenantCount } from "../processes/tenantAssets.ts";
import { repeatedExecutions } from "../repeatedExecutions.ts";
import { takenOver } from "../takenOver.ts";

/**
 * A worker tells Redis of a function's end at once where the next one waits for something, so a
 * slot has one that runs and one that has ended and is not settled yet.
 */
const eachSlot = 2;

/** F73: a worker dies whose jobs carry quick partitions of many lanes. */
export const carrierKilled: Fault = {
  id: "F73",
  what: "SIGKILL of a worker whose jobs carry quick partitions of many tenants, another one 2 s later",
  promises: ["P2", "P3", "P7", "P8"],
  invariants: allInvariants,
  scenario: (partitions) => ({
    window: 256,
    settings: {
      tenantDays: Math.max(20, Math.round((8 * partitions) / tenantCount)),
      leastMs: 2,
      mostMs: 6,
    },
  }),
  submit: async (scenario) => [await scenario.submit({ assets: "usage+" })],
  async inject(scenario) {
    await scenario.kill(scenario.random.pick(scenario.alive("worker")));
    await scenario.waitOut(2_000);
    await scenario.start("worker");
  },
  check(evidence) {
    const wrong = takenOver(evidence).wrong;
    const repeated = repeatedExecutions(evidence);
    const most = eachSlot * evidence.scenario.options.concurrency;
    if (repeated > most)
      wrong.push(`${repeated} repeated executions; the dead worker ran ${most} at the most (P7)`);
    return wrong;
  },
  figures: (evidence) => ({
    elsewhereMs: takenOver(evidence).slowestMs,
    repeated: repeatedExecutions(evidence),
  }),
};
