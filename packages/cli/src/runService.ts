import type { Logger } from "@infill/state";
import type { CommandContext } from "./commandContext.ts";
import { exitCodes } from "./exitCodes.ts";
import type { Interruption } from "./io.ts";
import type { RunningService } from "./services.ts";

/**
 * Starts a planner, a worker or a whole `infill dev`, and keeps it running until the process is told to stop: the
 * first signal, also one during the start, closes it in good order and gives 0; a second one gives 130 or 143 at once.
 *
 * @param start resolves when the service is ready
 */
export async function runService(
  { io }: CommandContext,
  log: Logger,
  start: () => Promise<RunningService>,
): Promise<number> {
  let first: (what: Interruption) => void = () => {};
  let second: (exitCode: number) => void = () => {};
  const toStop = new Promise<Interruption>((resolve) => {
    first = resolve;
  });
  const atOnce = new Promise<number>((resolve) => {
    second = resolve;
  });
  let isStopping = false;
  const stopListening = io.onInterruption((what) => {
    if (isStopping) second(what === "SIGINT" ? exitCodes.interrupted : exitCodes.terminated);
    isStopping = true;
    first(what);
  });
  const inGoodOrder = async () => {
    const service = await start();
    const what = await toStop;
    const why = what === "parent" ? "its parent is gone" : what;
    log.info(`stopping (${why}); a second signal stops at once`, { id: service.id });
    await service.close();
    log.info("stopped", { id: service.id });
    return exitCodes.done;
  };
  try {
    return await Promise.race([inGoodOrder(), atOnce]);
  } finally {
    stopListening();
  }
}
