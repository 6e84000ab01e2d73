import type { Logger, Project } from "@infill/core";

/** What a planner is started with. */
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
