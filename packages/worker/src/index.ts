export { PartitionAbortedError } from "./partitionAbortedError.ts";
export { startWorker } from "./startWorker.ts";
export { type RunningWorker, type WorkerOptions, workerOptionsSchema } from "./workerOptions.ts";
