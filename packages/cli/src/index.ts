export type { CommandIo, Interruption, TextOutput } from "./terminal/io.ts";
export { runCli } from "./program/main.ts";
export { type ProcessIo, processIo } from "./terminal/processIo.ts";
export {
  lazyServices,
  type PlannerServiceOptions,
  type RunningService,
  type Services,
  type WorkerServiceOptions,
} from "./command/services.ts";
