import type { Logger } from "./logger.ts";

/** Kinds that are told apart at the most; the texts come from the source, so there are few. */
const maxKinds = 1_000;

/**
 * A log for what happens again and again while something is down: of each message at most one entry each `everyMs`
 * milliseconds. The next entry says how many were left out (`leftOut`).
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
