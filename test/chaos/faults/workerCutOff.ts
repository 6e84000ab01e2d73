import type { Fault } from "../fault.ts";
import { allInvariants } from "../invariants/index.ts";
import { takenOver } from "../takenOver.ts";

/** F46: a worker loses Redis for longer than its lease, and works on. */
export const workerCutOff: Fault = {
  id: "F46",
  what: "one worker is cut off from Redis for two leases while its functions go on",
  promises: ["P4", "P8", "P13"],
  invariants: allInvariants,
  sparesIndependent: true,
  scenario: () => ({ workers: 2, lastsMs: 8_000 }),
  async prepare(scenario) {
    const proxy = await scenario.proxy();
    const role = await scenario.start("worker", { through: proxy });
    // Its executions may overlap with others: it loses its lease while they run.
    role.isInjected = true;
  },
  async inject(scenario) {
    const [proxy] = scenario.proxies;
    if (proxy === undefined) throw new Error("Bug: not prepared");
    const victim = scenario.alive("worker").at(-1);
    if (victim !== undefined) scenario.deaths.set(victim.process.pid, Date.now());
    if (scenario.random.next() < 0.5) {
      proxy.refuse();
      proxy.cut();
    } else proxy.swallow("both");
    await scenario.waitOut(2 * scenario.options.leaseMs);
    proxy.heal();
  },
  check: (evidence) => takenOver(evidence).wrong,
  figures: (evidence) => ({ elsewhereMs: takenOver(evidence).slowestMs }),
};
