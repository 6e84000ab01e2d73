import { eventually } from "@infill/test-support";
import type { Fault } from "../fault.ts";
import { allInvariants } from "../invariants/index.ts";
import { jobIds } from "../observer.ts";
import type { Scenario } from "../scenario.ts";

/** F15: two planners own one backfill, because no lease keeps them apart; then the owner of a lease sleeps through it. */
export const twoPlanners: Fault = {
  id: "F15",
  what: "two planners whose leases hold for 1 ms, then one of two is stopped past its lease and goes on, 10 times (2 below 2,000 partitions)",
  promises: ["P9", "P5"],
  invariants: allInvariants,
  scenario: () => ({ planners: 0, lastsMs: 12_000 }),
  async prepare(scenario, isBaseline) {
    // Leases that hold for nothing are part of the fault.
    const env: Record<string, string> = isBaseline ? {} : { CHAOS_LEASE_MS: "1" };
    await Promise.all([scenario.start("planner", { env }), scenario.start("planner", { env })]);
  },
  async inject(scenario) {
    await scenario.more(scenario.options.partitions / 10);
    const unleased = scenario.alive("planner");
    await scenario.start("planner");
    await scenario.start("planner");
    await Promise.all(unleased.map((planner) => scenario.kill(planner)));
    await judgeUnleased(scenario);
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
    return [...wrong, ...scenario.notes];
  },
  figures: ({ scenario }) => ({
    mostJobs: Math.max(...scenario.observer.mostJobs.values()),
    mostJobsUnleased: scenario.counted("mostJobsUnleased"),
  }),
};

/**
 * Two planners that both believe to own a backfill fill a window each. When the second is gone and its jobs have run, the
 * window holds exactly.
 */
async function judgeUnleased(scenario: Scenario): Promise<void> {
  const { observer, options, redis, keys } = scenario;
  const most = Math.max(...observer.mostJobs.values());
  scenario.count("mostJobsUnleased", most);
  if (most > 2 * options.window)
    scenario.note(`${most} jobs of one backfill; twice its window is ${2 * options.window}`);
  await eventually(async () => {
    const jobs = new Map<string, number>();
    for (const id of await jobIds(redis, keys, "default")) {
      const [backfillId = ""] = id.split("-");
      jobs.set(backfillId, (jobs.get(backfillId) ?? 0) + 1);
    }
    return Math.max(0, ...jobs.values()) <= options.window;
  });
  observer.mostJobs.clear();
}
