export { PartitionAbortedError } from "./partitionAbortedError.ts";
export {
  type RunningWorker,
  startWorker,
  type WorkerOptions,
  workerOptionsSchema,
} from "./startWorker.ts";
