import type { Logger } from "./logger.ts";

/** Most messages that are tracked; the messages come from the source, so there are few. */
const maxKinds = 1_000;

/**
 * A log for failures that repeat while something is down: at most one entry for each message in
 * `everyMs` milliseconds. The next entry has the number of those that were left out (`leftOut`).
 *
 * @param now epoch milliseconds
 */
export function limitRepeats(log: Logger, everyMs = 30_000, now: () => number = Date.now): Logger {
  const kinds = new Map<string, { untilMs: number; leftOut: number }>();
  const limit = (level: "info" | "warn" | "error") => (message: string, fields?: object) => {
    const kind = `${level} ${message}`;
    const known = kinds.get(kind);
    if (known !== undefined && now() < known.untilMs) {
      known.leftOut++;
      return;
    }
    if (known === undefined && kinds.size >= maxKinds) kinds.clear();
    kinds.set(kind, { untilMs: now() + everyMs, leftOut: 0 });
    const leftOut = known?.leftOut ?? 0;
    log[level](message, leftOut === 0 ? fields : { ...fields, leftOut });
  };
  return {
    ...(log.debug === undefined ? {} : { debug: log.debug.bind(log) }),
    info: limit("info"),
    warn: limit("warn"),
    error: limit("error"),
  };
}
