import { independentRate } from "../independentRate.ts";
import type { Invariant } from "./invariant.ts";

/** Of the rate of what a fault is not aimed at, as much may be lost, in percent. */
const mostLossPercent = 20;

/**
 * What a fault is not aimed at goes on. That the bystander and the independent asset obey the other invariants is judged
 * there, since their backfills are judged like all.
 */
export const bystanders: Invariant = {
  id: "I12",
  says: "the independent asset ends well, and loses less than 20 % of its rate where the fault spares its worker, its planner and Redis",
  check(evidence) {
    const { backfills, faultSparesIndependent, scenario } = evidence;
    const wrong: string[] = [];
    const { independentId } = scenario;
    if (independentId === undefined) return wrong;
    const status = backfills.find(({ id }) => id === independentId)?.detail.status;
    if (status !== "succeeded") wrong.push(`the independent asset's backfill is ${status}`);
    if (!faultSparesIndependent) return wrong;
    const rate = independentRate(evidence);
    if (rate === undefined)
      wrong.push("the independent asset did not run before and during the fault");
    else if (rate.lossPercent >= mostLossPercent)
      wrong.push(
        `the independent asset went from ${rate.before.toFixed(1)} to ${rate.during.toFixed(1)} partitions a second during the fault, ${rate.lossPercent} % less`,
      );
    return wrong;
  },
};
