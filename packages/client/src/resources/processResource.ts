import { parseOptions } from "@infill/core";
import { describeWorker, listPlanners, listWorkers } from "../processes/listProcesses.ts";
import type { PlannerSummary, WorkerDetail, WorkerSummary } from "../processes/processAnswers.ts";
import { workerInputs } from "../schemas/processSchemas.ts";
import type { ClientEnvironment } from "../shared/clientEnvironment.ts";

/** Worker processes. `get` throws InvalidOptionsError for what `workerInputs` refuses. */
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
    async get(id) {
      const wanted = parseOptions(workerInputs.id, id, "worker id");
      return describeWorker(store, project, registered, wanted, now());
    },
  };
}

export function plannerResource({ store, project }: ClientEnvironment): Planners {
  return { list: () => listPlanners(store, project) };
}
