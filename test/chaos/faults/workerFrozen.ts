import type { Fault } from "../fault.ts";
import { allInvariants } from "../invariants/index.ts";
import { refusals } from "../figures.ts";
import { takenOver } from "../takenOver.ts";

/** F5: a worker stands still for longer than its lease, and then goes on as if nothing had happened. */
export const workerFrozen: Fault = {
  id: "F5",
  what: "SIGSTOP of one worker for three leases, then SIGCONT",
  promises: ["P4", "P5", "P8"],
  invariants: allInvariants,
  sparesIndependent: true,
  // Functions of a second or less: what a frozen worker held runs one after another elsewhere, and others are still at it
  // when it comes back with its results.
  scenario: (partitions) => ({ concurrency: 16, lastsMs: Math.min(9_000, 20 * partitions) }),
  async inject(scenario) {
    const victim = scenario.random.pick(scenario.alive("worker"));
    victim.isInjected = true;
    scenario.deaths.set(victim.process.pid, Date.now());
    victim.process.kill("SIGSTOP");
    await scenario.waitOut(3 * scenario.options.leaseMs);
    victim.process.kill("SIGCONT");
  },
  check(evidence) {
    const { wrong } = takenOver(evidence);
    // It held some, and all of their functions came to their end while it stood still.
    if (refusals(evidence).length === 0) wrong.push("no late settlement was refused (P8)");
    return wrong;
  },
  figures: (evidence) => ({ elsewhereMs: takenOver(evidence).slowestMs }),
};
