/**
 * What talks to Redis, loaded when first called: a project file that only defines assets does not wait for BullMQ.
 */

type Client = typeof import("@infill/client");
type Doctor = typeof import("@infill/doctor");
type Planner = typeof import("@infill/planner");
type Worker = typeof import("@infill/worker");

/** Connects to a project's state; everything that the command does is a function of the client. */
export const connect: Client["connect"] = async (...args) =>
  (await import("@infill/client")).connect(...args);

/** Compares queues and state through a client's `connection`, and repairs on demand. */
export const runDoctor: Doctor["runDoctor"] = async (...args) =>
  (await import("@infill/doctor")).runDoctor(...args);

/** Starts a planner in this process. Any number may run: each backfill is planned by one of them. */
export const startPlanner: Planner["startPlanner"] = async (...args) =>
  (await import("@infill/planner")).startPlanner(...args);

/** Starts a worker in this process. */
export const startWorker: Worker["startWorker"] = async (...args) =>
  (await import("@infill/worker")).startWorker(...args);
