export type { CommandIo, Interruption, TextOutput } from "./io.ts";
export { runCli } from "./main.ts";
export { type ProcessIo, processIo } from "./processIo.ts";
export {
  lazyServices,
  type PlannerServiceOptions,
  type RunningService,
  type Services,
  type WorkerServiceOptions,
} from "./services.ts";
