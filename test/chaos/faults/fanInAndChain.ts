import type { Fault } from "../fault.ts";
import { allInvariants } from "../invariants/index.ts";

/** F69: one partition that needs very many, and a chain of very many steps. */
export const fanInAndChain: Fault = {
  id: "F69",
  what: "one partition that needs ten times `--partitions` others, and a chain of as many steps as `--partitions`; a planner that dies meanwhile",
  promises: ["P6", "P9"],
  invariants: allInvariants,
  scenario: (partitions) => ({
    lastsMs: 0,
    settings: { wide: 10 * partitions, chain: partitions, leastMs: 0, mostMs: 0 },
  }),
  async submit(scenario) {
    return [await scenario.submit({ assets: "wide+" }), await scenario.submit({ assets: "chain" })];
  },
  async inject(scenario) {
    for (const planner of scenario.alive("planner")) await scenario.kill(planner);
    await scenario.start("planner");
  },
  check({ executions }) {
    const steps = executions.filter(({ start }) => start.asset === "chain");
    const late = steps
      .slice(1)
      .filter(({ start }, at) => start.key <= (steps[at]?.start.key ?? ""));
    return late.length === 0 ? [] : [`${late.length} steps of the chain ran out of order`];
  },
  figures({ executions }) {
    const steps = executions.filter(({ start }) => start.asset === "chain");
    const hops = steps
      .slice(1)
      .map(({ start }, at) => start.monotonicMs - (steps[at]?.end?.monotonicMs ?? 0))
      .sort((a, b) => a - b);
    return { medianHopMs: Math.round(10 * (hops[Math.floor(hops.length / 2)] ?? 0)) / 10 };
  },
};
