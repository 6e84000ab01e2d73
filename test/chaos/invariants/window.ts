import type { Invariant } from "./invariant.ts";

/** Jobs stay within the window. */
export const window: Invariant = {
  id: "I7",
  says: "never more jobs of a backfill in Redis than its window",
  check({ backfills, scenario }) {
    const wrong: string[] = [];
    if (scenario.observer.looks === 0) wrong.push("nobody counted jobs");
    for (const { id, detail } of backfills) {
      const most = scenario.observer.mostJobs.get(id) ?? 0;
      const limit = detail.request.window ?? scenario.options.window;
      if (most > limit) wrong.push(`${id} had ${most} jobs in Redis; its window is ${limit}`);
    }
    return wrong;
  },
};
