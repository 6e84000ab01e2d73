import type { Fault } from "../fault.ts";
import { independentAsset } from "../processes/chaosProject.ts";
import { allInvariants } from "../invariants/index.ts";

/** F63: several backfills want the same partitions at once. */
export const overlappingBackfills: Fault = {
  id: "F63",
  what: "five backfills over the same partitions at once, with all reprocess modes, and a worker that dies meanwhile",
  promises: ["P4", "P5"],
  invariants: allInvariants,
  sparesIndependent: true,
  scenario: () => ({ lastsMs: 6_000 }),
  async submit(scenario) {
    const ids: string[] = [];
    for (const reprocess of ["all", "missing", "failed", "all", "missing"] as const)
      ids.push(await scenario.submit({ assets: "source+", reprocess }));
    return ids;
  },
  async inject(scenario) {
    await scenario.kill(scenario.random.pick(scenario.alive("worker")));
    await scenario.start("worker");
  },
  figures: ({ executions, backfills }) => ({
    executionsPerPartition:
      Math.round(
        (100 * executions.filter(({ start }) => start.asset !== independentAsset).length) /
          (backfills[0]?.detail.counts.selected ?? 1),
      ) / 100,
  }),
};
