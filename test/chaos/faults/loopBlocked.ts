import { writeFileSync } from "node:fs";
import { eventually } from "@infill/test-support";
import type { Fault } from "../fault.ts";
import { allInvariants } from "../invariants/index.ts";
import { repeatedExecutions } from "../repeatedExecutions.ts";

/** F6: in every worker a function blocks the event loop for three leases. Nobody dies, so nothing runs twice. */
export const loopBlocked: Fault = {
  id: "F6",
  what: "a function of each worker blocks its event loop for three leases",
  promises: ["P2", "P5", "P7"],
  invariants: allInvariants,
  scenario: () => ({ lastsMs: 4_000, settings: { blocksMs: 6_000 } }),
  async inject(scenario) {
    writeFileSync(`${scenario.settings.executionLog}.block`, "");
    const workers = scenario.alive("worker").length;
    await eventually(
      () => scenario.executionLines().filter(({ what }) => what === "unblocked").length === workers,
      { timeoutMs: 60_000, what: "the blocked functions' ends" },
    );
  },
  check(evidence) {
    const extra = repeatedExecutions(evidence);
    return extra === 0 ? [] : [`${extra} partitions ran twice though no process died`];
  },
};
