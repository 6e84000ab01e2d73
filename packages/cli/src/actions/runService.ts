import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@infill/core";
import type { CommandContext } from "../command/commandContext.ts";
import { exitCodes } from "../terminal/exitCodes.ts";
import type { Interruption } from "../terminal/commandIo.ts";
import type { LoadedProject } from "../project/loadProject.ts";
import type { RunningService } from "../command/services.ts";
import { strayErrors } from "../command/strayErrors.ts";
import { watchProject } from "../project/watchProject.ts";

/** A variable that `infill dev` gives to its workers. */
export const workerOfDev = "INFILL_WORKER_OF_DEV";

/** How long a service that is told to stop while it starts may still take to become ready, in milliseconds. */
const startedWithinMs = 2_000;

const reasons: Readonly<Record<string, string>> = {
  parent: "its parent process ended",
  exception: "an uncaught error",
};

/**
 * Starts a planner, a worker or a whole `infill dev`, and keeps it running until the process is told to stop: the
 * first signal, also one during the start, closes it in good order and gives 0; a second one gives 130 or 143 at once.
 * An error that nobody could catch closes it in good order too, and gives 1. A stray rejection is logged only.
 *
 * It says in the log when the project's files have changed since they were loaded.
 *
 * @param loaded the project that it runs
 * @param start resolves when the service is ready
 */
export async function runService(
  { io }: CommandContext,
  loaded: LoadedProject,
  log: Logger,
  start: () => Promise<RunningService>,
): Promise<number> {
  let first: (what: Interruption | "exception") => void = () => {};
  let second: (exitCode: number) => void = () => {};
  const toStop = new Promise<Interruption | "exception">((resolve) => {
    first = resolve;
  });
  const atOnce = new Promise<number>((resolve) => {
    second = resolve;
  });
  let isStopping = false;
  // The workers of an `infill dev` leave it to that one to say so.
  const stopWatching =
    io.env[workerOfDev] === undefined ? watchProject(loaded, log, io.cwd) : () => {};
  const stopListening = io.onInterruption((what) => {
    if (isStopping) second(what === "SIGINT" ? exitCodes.interrupted : exitCodes.terminated);
    isStopping = true;
    first(what);
  });
  let service: RunningService | undefined;
  let hasFailed = false;
  const strays = strayErrors(log);
  const ignoreStrays = io.onStray((stray) => {
    if (!strays.hear(stray, service?.running?.() ?? [])) return;
    hasFailed = true;
    first("exception");
  });
  const exitCode = () => (hasFailed ? exitCodes.unexpected : exitCodes.done);
  const inGoodOrder = async () => {
    const starting = start();
    const tooLate = toStop.then(() => delay(startedWithinMs, undefined, { ref: false }));
    service = await Promise.race([starting, tooLate]);
    if (service === undefined) {
      // It may wait for a Redis that is away. The process ends with this command.
      starting.catch(() => {});
      log.info("stopped before it was ready");
      return exitCode();
    }
    const what = await toStop;
    const why = reasons[what] ?? what;
    log.info(`stopping (${why}); a second signal stops at once`, { id: service.id });
    await service.close();
    log.info("stopped", { id: service.id });
    return exitCode();
  };
  try {
    return await Promise.race([inGoodOrder(), atOnce]);
  } finally {
    stopWatching();
    stopListening();
    ignoreStrays();
  }
}
