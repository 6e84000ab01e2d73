import { settlementTimes } from "../figures.ts";
import { independentAsset } from "../processes/chaosProject.ts";
import type { Invariant } from "./invariant.ts";

/** How long a process takes to start on a busy machine, in milliseconds, above what the promises allow. */
const graceMs = 15_000;

/** Things go on when the fault is over. */
export const progress: Invariant = {
  id: "I9",
  says: "the first settlement comes within lease + 10 s of the fault's end",
  check(evidence) {
    const { faultEndMs, options } = evidence.scenario;
    const budgetMs = options.leaseMs + 10_000 + graceMs;
    return [undefined, independentAsset].flatMap((asset) => {
      const after = settlementTimes(evidence, asset).find((atMs) => atMs >= faultEndMs);
      // Where there is none, nothing was left to do.
      if (after === undefined || after - faultEndMs <= budgetMs) return [];
      const what = `the first settlement ${asset === undefined ? "" : `of ${asset} `}`;
      return [`${what}came ${after - faultEndMs} ms after the fault; expected ${budgetMs}`];
    });
  },
};
