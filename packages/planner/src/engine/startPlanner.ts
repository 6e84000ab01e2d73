import { guardedLogger, parseOptions, silentLogger } from "@infill/core";
import { logRedisWaits, openStateStore, inspectProject } from "@infill/state";
import {
  type PlannerOptions,
  plannerOptionsSchema,
  type ResolvedPlannerOptions,
  type RunningPlanner,
} from "./plannerOptions.ts";

/**
 * Starts a planner. Any number may run: each backfill is planned by the one that holds its lease.
 *
 * @throws InvalidOptionsError, what `openStateStore` throws
 */
export async function startPlanner(given: PlannerOptions): Promise<RunningPlanner> {
  return startParsedPlanner(parseOptions(plannerOptionsSchema, given, "planner options"));
}

/**
 * Starts a planner, whatever its options are. The chaos scenarios start one with a lease of 1 ms.
 *
 * @throws what `openStateStore` throws
 */
export async function startParsedPlanner(parsed: ResolvedPlannerOptions): Promise<RunningPlanner> {
  const log = guardedLogger(parsed.log ?? silentLogger);
  const options = { ...parsed, log };
  const store = await openStateStore(options.redisUrl, options.project.namespace, "planner", {
    onWait: logRedisWaits(log),
  });
  try {
    for (const warning of store.health.warnings) log.warn(warning);
    const registered = await inspectProject(store, options.project);
    // Import here: BullMQ takes longer to load than most commands take to answer.
    const { Planner } = await import("./planner.ts");
    const { plannerParts } = await import("./plannerParts.ts");
    const planner = new Planner(plannerParts(store, options.project, registered, options));
    await planner.start();
    return planner;
  } catch (error) {
    await store.close();
    throw error;
  }
}
