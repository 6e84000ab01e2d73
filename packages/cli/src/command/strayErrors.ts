import { errorLine, limitRepeats, type Logger, thrownErrors } from "@infill/core";
import type { Stray } from "../terminal/commandIo.ts";
import type { RunningPartition } from "./services.ts";

/** Partitions that a line names at the most. */
const shownPartitions = 10;
const shownStackLines = 10;

/** Writes what nobody handled into a service's log, a line each. */
export interface StrayErrors {
  /** @returns whether the process has to end: an error was thrown that no function could catch */
  hear(stray: Stray, running: readonly RunningPartition[]): boolean;
}

/**
 * What becomes of errors that belong to nobody. A rejected promise that was forgotten does not stop the process. After an error
 * that was thrown outside of any function, such as in a timer, the process can no longer be trusted: it drains and ends.
 * What libraries print and Node warns of becomes lines too; equal ones come once in 30 seconds, with the count of those left out.
 */
export function strayErrors(log: Logger): StrayErrors {
  const repeated = limitRepeats(log);
  return {
    hear(stray, running) {
      switch (stray.kind) {
        case "printed":
          repeated.warn(stray.text);
          return false;
        case "warning": {
          const { name, message } = thrownErrors(stray.error).thrown;
          // Node's own word on features in the making is no news to who runs a worker.
          if (name === "ExperimentalWarning") log.debug?.(message, { warning: name });
          else repeated.warn(message, { warning: name });
          return false;
        }
        case "rejection":
          log.error("a promise was rejected and nobody handled it; the process goes on", {
            ...factsOf(stray.error, running),
          });
          return false;
        case "exception":
          log.error("an error was thrown where nobody can catch it; the process drains and ends", {
            ...factsOf(stray.error, running),
          });
          return true;
      }
    },
  };
}

function factsOf(error: unknown, running: readonly RunningPartition[]): object {
  const { thrown, causes } = thrownErrors(error);
  const shown = running.slice(0, shownPartitions);
  return {
    error: errorLine(error),
    ...(causes.length === 0
      ? {}
      : { causes: causes.map(({ name, message }) => `${name}: ${message}`.slice(0, 500)) }),
    ...(thrown.stack === ""
      ? {}
      : { stack: thrown.stack.split("\n").slice(0, shownStackLines).join("\n") }),
    // Which of them it came from, nothing tells: it is one of these, or one that has ended.
    running: shown.map(({ asset, partition, backfillId }) => ({
      ...{ asset, partition, backfill: backfillId },
    })),
    ...(running.length > shown.length ? { alsoRunning: running.length - shown.length } : {}),
  };
}
