import type { Fault } from "../fault.ts";
import { allInvariants } from "../invariants/index.ts";

/** F47: the planner's connection is cut in the middle of a page of jobs. */
export const partialBulk: Fault = {
  id: "F47",
  what: "the planner's connections are cut after 1 to 60 replies, ten times, most of which are to added jobs",
  promises: ["P10"],
  invariants: allInvariants,
  scenario: () => ({ planners: 0, lastsMs: 5_000, window: 32 }),
  async prepare(scenario) {
    const proxy = await scenario.proxy();
    await scenario.start("planner", { through: proxy });
  },
  async inject(scenario, ids) {
    const [proxy] = scenario.proxies;
    if (proxy === undefined) throw new Error("Bug: not prepared");
    for (let round = 0; round < 10; round++)
      await scenario.before(ids, proxy.cutAfterReplies(scenario.random.between(1, 60)));
  },
  check({ executions }) {
    const partitions = new Set(executions.map(({ start }) => `${start.asset} ${start.key}`));
    const extra = executions.length - partitions.size;
    return extra === 0 ? [] : [`${extra} partitions ran twice for jobs that were added in part`];
  },
};
