import type { Project } from "@infill/core";
import { slotsOf, windowSize } from "@infill/planning";
import type { RegisteredAssets } from "@infill/state";
import type { EngineModel, ModelBackfill } from "./engineModel.testing.ts";
import type { EngineView } from "./engineView.testing.ts";
import { foreverMs } from "./historyPlanner.testing.ts";
import type { HistoryWorkers } from "./historyWorkers.testing.ts";

/** What decides how many jobs Redis may have. */
export interface WindowFacts {
  readonly project: Project;
  readonly registered: RegisteredAssets;
  readonly model: EngineModel;
  readonly view: EngineView;
  readonly workers: HistoryWorkers;
  /** How many planners the history has. */
  readonly planners: number;
}

/**
 * Checks for each backfill that Redis does not have more of its jobs than the window permits.
 *
 * @throws Error with the pool, the jobs and the window
 */
export function checkWindows(facts: WindowFacts): void {
  for (const backfill of facts.model.backfills.values()) checkWindow(backfill, facts);
}

function checkWindow(
  backfill: ModelBackfill,
  { project, registered, view, workers, planners }: WindowFacts,
): void {
  const entries = workers
    .alive()
    .map((worker) => ({ ...worker.entry(project), isAlive: true, overdueMs: -foreverMs }));
  const pools = new Set(backfill.assets.map((asset) => registered.get(asset)?.asset.pool));
  for (const [pool, jobs] of view.jobs) {
    const share =
      backfill.window === undefined
        ? undefined
        : Math.max(1, Math.floor(backfill.window / pools.size));
    const { window } = windowSize(slotsOf(entries, pool), share);
    const count = jobs.filter((id) => id.startsWith(`${backfill.id}-`)).length;
    // Each planner that plans the backfill at the same time may fill a window.
    if (count > window * planners + workers.leftBehind)
      throw new Error(
        `pool ${pool} holds ${count} jobs of ${backfill.id}; its window is ${window}`,
      );
  }
}
