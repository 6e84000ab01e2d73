import type { Invariant } from "./invariant.ts";

/** Processes live until they are told to end, and leave nothing. */
export const processes: Invariant = {
  id: "I15",
  says: "no process ended that was not told to, none with an unhandled rejection, and no connection, timer or listener is left",
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
      const left = /"message":"left behind","resources":"([^"]*)"/.exec(process.stdout)?.[1];
      if (left !== undefined) wrong.push(`a ${kind} had ${left} left when it had closed`);
      if (/MaxListenersExceeded/.test(process.stderr)) wrong.push(`a ${kind} leaks listeners`);
    }
    for (const name of connections)
      wrong.push(`connection ${name === "" ? "without a name" : name} is left`);
    return wrong;
  },
};
