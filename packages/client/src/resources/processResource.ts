import { describeWorker, listPlanners, listWorkers } from "../processes/listProcesses.ts";
import type { PlannerSummary, WorkerDetail, WorkerSummary } from "../processes/processAnswers.ts";
import type { ClientEnvironment } from "../shared/clientEnvironment.ts";

/** Worker processes. */
export interface Workers {
  /** Workers that are alive or were lost within the last hour, by id. */
  list(): Promise<readonly WorkerSummary[]>;
  /**
   * One worker with its running partitions.
   *
   * @param id or a beginning that only this id has
   * @throws UnknownWorkerError
   */
  get(id: string): Promise<WorkerDetail>;
}

/** Planner processes. */
export interface Planners {
  /** Planners that are alive or were lost within the last hour, by id. */
  list(): Promise<readonly PlannerSummary[]>;
}

export function workerResource({ store, project, registered, now }: ClientEnvironment): Workers {
  return {
    list: () => listWorkers(store, project, registered),
    get: (id) => describeWorker(store, project, registered, id, now()),
  };
}

export function plannerResource({ store, project }: ClientEnvironment): Planners {
  return { list: () => listPlanners(store, project) };
}
