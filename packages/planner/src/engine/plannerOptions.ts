import { processOptions } from "@infill/core";
import { z } from "zod";

/** The options of a planner, with their ranges and defaults. */
export const plannerOptionsSchema = z
  .strictObject({
    ...processOptions,
    /** How long another planner waits for a dead one, in milliseconds: 1,000 to 600,000. */
    leaseMs: z.int().min(1_000).max(600_000).default(15_000),
    /**
     * Time between checks of what no event reports (leases, lost jobs, dead workers), in
     * milliseconds: 10 to 60,000, and under `leaseMs`, because each check renews the leases.
     */
    tickMs: z.int().min(10).max(60_000).default(2_000),
  })
  .check(({ value: { tickMs, leaseMs }, issues }) => {
    if (tickMs < leaseMs) return;
    const message = `expected under leaseMs (${leaseMs})`;
    issues.push({ code: "custom", path: ["tickMs"], input: tickMs, message });
  });

/** What a planner is started with: defaults may be left out. */
export type PlannerOptions = z.input<typeof plannerOptionsSchema>;
/** What the code reads: every default filled in. */
export type ResolvedPlannerOptions = z.output<typeof plannerOptionsSchema>;

/** A planner that runs in this process. */
export interface RunningPlanner {
  readonly id: string;
  /** Stops planning and gives its backfills up at once, so that another planner takes over. */
  close(): Promise<void>;
}
