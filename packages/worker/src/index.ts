export { PartitionAbortedError } from "./run/partitionAbortedError.ts";
export { startWorker } from "./process/startWorker.ts";
export {
  type RunningWorker,
  type WorkerOptions,
  workerOptionsSchema,
} from "./process/workerOptions.ts";
