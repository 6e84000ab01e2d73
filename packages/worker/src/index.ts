export { PartitionAbortedError } from "./runningClaims.ts";
export {
  type RunningWorker,
  startWorker,
  type WorkerOptions,
  workerOptionsSchema,
} from "./startWorker.ts";
