import type { Logger, Project } from "@infill/core";
import type { CommandContext } from "../command/commandContext.ts";
import type { RunningService } from "../command/services.ts";
import { serviceLog } from "../terminal/serviceLog.ts";
import { runService } from "./runService.ts";

/** What a service is started with. */
export interface ServiceOptions {
  readonly project: Project;
  readonly redisUrl: string;
  readonly log: Logger;
}

/**
 * Starts one planner or worker, says that it is ready, and keeps it running until the process is told to stop.
 *
 * @param name `planner` or `worker`, as the answer and the log call it
 * @param start resolves when the service is ready
 * @param facts what to say of it beside its id and the process id
 * @returns the exit code
 */
export async function startService(
  context: CommandContext,
  name: "planner" | "worker",
  start: (options: ServiceOptions) => Promise<RunningService>,
  facts: (project: Project) => Readonly<Record<string, unknown>> = () => ({}),
): Promise<number> {
  const { out, io } = context;
  const loaded = await context.project();
  const { project } = loaded;
  const { url: redisUrl } = await context.redis(loaded);
  const log = serviceLog(out, () => io.now(), context.shared.logLevel);
  return runService(context, loaded, log, async () => {
    const service = await start({ project, redisUrl, log });
    const told = { id: service.id, ...facts(project), pid: process.pid };
    if (out.isJson) out.object(name, told);
    log.info(`${name} ready`, told);
    return service;
  });
}
