import { settlementTimes } from "../figures.ts";
import type { Invariant } from "./invariant.ts";

/** How long a process takes to start on a busy machine, in milliseconds, above what the promises allow. */
const graceMs = 15_000;

/** Things go on when the fault is over. */
export const progress: Invariant = {
  id: "I9",
  says: "the first settlement comes within lease + 10 s of the fault's end",
  check(evidence) {
    const { faultEndMs, options } = evidence.scenario;
    const after = settlementTimes(evidence).find((atMs) => atMs >= faultEndMs);
    // Nothing was left to do.
    if (after === undefined) return [];
    const budgetMs = options.leaseMs + 10_000 + graceMs;
    return after - faultEndMs <= budgetMs
      ? []
      : [
          `the first settlement came ${after - faultEndMs} ms after the fault; expected ${budgetMs}`,
        ];
  },
};
