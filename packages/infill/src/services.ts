/**
 * What talks to Redis, loaded when first called: a project file that only defines assets does not wait for BullMQ.
 */

type Planner = typeof import("@infill/planner");
type Worker = typeof import("@infill/worker");

/** Connects to a project's state; everything that the command does is a function of the client. */
export const connect: Planner["connect"] = async (...args) =>
  (await import("@infill/planner")).connect(...args);

/** Starts a planner in this process. Any number may run: each backfill is planned by one of them. */
export const startPlanner: Planner["startPlanner"] = async (...args) =>
  (await import("@infill/planner")).startPlanner(...args);

/** Starts a worker in this process. */
export const startWorker: Worker["startWorker"] = async (...args) =>
  (await import("@infill/worker")).startWorker(...args);
