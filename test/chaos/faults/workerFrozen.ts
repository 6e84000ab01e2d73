import type { Fault } from "../fault.ts";
import { allInvariants } from "../invariants/index.ts";
import { takenOver } from "../takenOver.ts";

/** F5: a worker stands still for longer than its lease, and then goes on as if nothing had happened. */
export const workerFrozen: Fault = {
  id: "F5",
  what: "SIGSTOP of one worker for three leases, then SIGCONT",
  promises: ["P4", "P5", "P8"],
  invariants: allInvariants,
  // Functions of a second or so, so that others still run what the frozen worker held when it comes back with its results.
  scenario: () => ({ concurrency: 16, lastsMs: 9_000 }),
  async inject(scenario) {
    const victim = scenario.random.pick(scenario.alive("worker"));
    victim.isInjected = true;
    scenario.deaths.set(victim.process.pid, Date.now());
    victim.process.kill("SIGSTOP");
    await scenario.waitOut(3 * scenario.options.leaseMs);
    victim.process.kill("SIGCONT");
  },
  check: (evidence) => takenOver(evidence).wrong,
  figures: (evidence) => ({ elsewhereMs: takenOver(evidence).slowestMs }),
};
