import type { Logger } from "@infill/state";
import type { CommandContext } from "./commandContext.ts";
import { exitCodes } from "./exitCodes.ts";
import type { RunningService } from "./services.ts";

/**
 * Keeps a planner or worker running until the process is told to stop: the first signal closes it in good order and
 * gives 0, a second one gives 130 or 143 at once.
 */
export function runUntilStopped(
  { io }: CommandContext,
  service: RunningService,
  log: Logger,
): Promise<number> {
  return new Promise((resolve, reject) => {
    let isStopping = false;
    const stopListening = io.onInterruption((what) => {
      if (isStopping) {
        stopListening();
        resolve(what === "SIGINT" ? exitCodes.interrupted : exitCodes.terminated);
        return;
      }
      isStopping = true;
      const why = what === "parent" ? "its parent is gone" : what;
      log.info(`stopping (${why}); a second signal stops at once`, { id: service.id });
      service.close().then(() => {
        stopListening();
        log.info("stopped", { id: service.id });
        resolve(exitCodes.done);
      }, reject);
    });
  });
}
