import type { Project } from "@infill/core";
import { type Logger, openStateStore, registerProject } from "@infill/state";

export interface PlannerOptions {
  readonly project: Project;
  readonly redisUrl: string;
  readonly log?: Logger;
  /** How long another planner waits for a dead one, in milliseconds. */
  readonly leaseMs?: number;
  /** Time between looks at what no event tells: leases, lost jobs, dead workers, in milliseconds. */
  readonly tickMs?: number;
}

/** A planner that runs in this process. */
export interface RunningPlanner {
  readonly id: string;
  /** Stops planning and gives its backfills up at once, so that another planner takes over. */
  close(): Promise<void>;
}

/** Starts a planner. Any number may run: each backfill is planned by the one that holds its lease. */
export async function startPlanner(options: PlannerOptions): Promise<RunningPlanner> {
  const store = await openStateStore(options.redisUrl, options.project.namespace, "planner");
  try {
    for (const warning of store.health.warnings) options.log?.warn(warning);
    const registered = await registerProject(store, options.project);
    // Loaded here, because BullMQ takes longer to load than most commands take to answer.
    const { Planner } = await import("./planner.ts");
    const planner = new Planner(store, options.project, registered, options);
    await planner.start();
    return planner;
  } catch (error) {
    await store.close();
    throw error;
  }
}
