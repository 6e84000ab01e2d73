import type { Invariant } from "./invariant.ts";

/** Processes live until they are told to end, and leave nothing. */
export const processes: Invariant = {
  id: "I15",
  says: "no process ended that was not told to, none with an unhandled rejection, and no connection is left",
  check({ scenario, connections }) {
    const wrong: string[] = [];
    for (const { kind, process, isInjected, exit } of scenario.roles) {
      const isWell = exit?.code === 0 || (isInjected && exit?.signal !== null);
      if (!isWell)
        wrong.push(
          `a ${kind} ended with ${exit?.signal ?? exit?.code}: ${process.stderr.slice(-400)}`,
        );
      if (/unhandled|triggerUncaught/i.test(process.stderr))
        wrong.push(`a ${kind} wrote ${process.stderr.slice(-400)}`);
      if (/MaxListenersExceeded/.test(process.stderr)) wrong.push(`a ${kind} leaks listeners`);
    }
    for (const name of connections) {
      if (/^infill:(planner|worker)/.test(name)) wrong.push(`connection ${name} is left`);
    }
    return wrong;
  },
};
