import {
  guardedLogger,
  InvalidOptionsError,
  parseOptions,
  silentLogger,
  UnknownPoolError,
} from "@infill/core";
import { logRedisWaits, openStateStore } from "@infill/state";
import { type RunningWorker, type WorkerOptions, workerStartSchema } from "./workerOptions.ts";

/**
 * Starts a worker.
 *
 * @throws InvalidOptionsError, UnknownPoolError, the errors of `openStateStore`,
 *   DefinitionChangedError
 */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const parsed = parseOptions(workerStartSchema, options, "worker options");
  const { project, redisUrl, log: given = silentLogger, ...resolved } = parsed;
  const log = guardedLogger(given);
  const pools = resolved.pools ?? [...project.pools.keys()];
  for (const pool of pools) {
    if (!project.pools.has(pool)) throw new UnknownPoolError(pool, [...project.pools.keys()]);
  }
  if (pools.length === 0)
    throw new InvalidOptionsError(
      "worker options",
      "pools",
      "the project has no assets, so it has no pool",
    );
  const store = await openStateStore(redisUrl, project.namespace, "worker", {
    onWait: logRedisWaits(log),
  });
  try {
    for (const warning of store.health.warnings) log.warn(warning);
    // Import here: BullMQ takes longer to load than most commands take to answer.
    const { Worker } = await import("./worker.ts");
    const worker = new Worker(store, project, pools, resolved, log);
    await worker.start();
    return worker;
  } catch (error) {
    await store.close();
    throw error;
  }
}
