export type { CommandIo, Interruption, TextOutput } from "./terminal/commandIo.ts";
export { runCli } from "./program/runCli.ts";
export { type ProcessIo, processIo } from "./terminal/processIo.ts";
export {
  lazyServices,
  type PlannerServiceOptions,
  type RunningService,
  type Services,
  type WorkerServiceOptions,
} from "./command/services.ts";
