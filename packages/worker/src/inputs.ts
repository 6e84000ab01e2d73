/** What a worker takes, without the worker: the command reads the ranges of its options here before it connects. */
export { workerOptionsSchema } from "./process/workerOptions.ts";
