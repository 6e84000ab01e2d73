import type { Fault } from "../fault.ts";
import { allBut } from "../invariants/index.ts";

/** F15: two planners own one backfill, because no lease keeps them apart; then the owner of a lease sleeps through it. */
export const twoPlanners: Fault = {
  id: "F15",
  what: "two planners whose leases hold for 1 ms, then one of two is stopped past its lease and goes on, 10 times (2 below 2,000 partitions)",
  promises: ["P9", "P5"],
  // Each of two that both believe to own it fills a window; the check below holds them to twice that.
  invariants: allBut("I7"),
  scenario: () => ({ planners: 0, lastsMs: 12_000 }),
  async prepare(scenario) {
    const env = { CHAOS_LEASE_MS: "1" };
    await Promise.all([scenario.start("planner", { env }), scenario.start("planner", { env })]);
  },
  async inject(scenario) {
    await scenario.more(scenario.options.partitions / 10);
    const unleased = scenario.alive("planner");
    await scenario.start("planner");
    await scenario.start("planner");
    await Promise.all(unleased.map((planner) => scenario.kill(planner)));
    const rounds = scenario.options.partitions < 2_000 ? 2 : 10;
    for (let round = 0; round < rounds; round++) {
      const planner = scenario.random.pick(scenario.alive("planner"));
      planner.process.kill("SIGSTOP");
      await scenario.waitOut(scenario.options.leaseMs + 2 * scenario.options.tickMs);
      planner.process.kill("SIGCONT");
    }
  },
  check({ executions, scenario }) {
    const wrong: string[] = [];
    const partitions = new Set(executions.map(({ start }) => `${start.asset} ${start.key}`));
    if (executions.length > partitions.size)
      wrong.push(`${executions.length - partitions.size} partitions ran twice for two planners`);
    for (const [id, most] of scenario.observer.mostJobs) {
      if (most > 2 * scenario.options.window)
        wrong.push(
          `${id} had ${most} jobs in Redis with two planners; twice its window is ${2 * scenario.options.window}`,
        );
    }
    return wrong;
  },
  figures: ({ scenario }) => ({ mostJobs: Math.max(...scenario.observer.mostJobs.values()) }),
};
