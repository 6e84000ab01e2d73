import { loggableFields, loggableText } from "../errors/loggable.ts";

/** A process's log. Fields are ids and numbers with units. */
export interface Logger {
  /** For finding faults. Without this method, such entries are not written. */
  debug?(message: string, fields?: object): void;
  info(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  error(message: string, fields?: object): void;
}

export const silentLogger: Logger = { info() {}, warn() {}, error() {} };

/** Wraps a logger that may throw into one that accepts any value and never throws. */
export function guardedLogger(log: Logger): Logger {
  const guard =
    (level: keyof Logger) =>
    (message: unknown, fields?: unknown): void => {
      try {
        const text = loggableText(message);
        if (fields === undefined || fields === null) log[level]?.(text);
        else log[level]?.(text, loggableFields(fields));
      } catch {
        // There is no other place to report it, and a log line must not fail the work.
      }
    };
  return {
    // Absent if the logger has none, so that no caller prepares an entry for nothing.
    ...(log.debug === undefined ? {} : { debug: guard("debug") }),
    info: guard("info"),
    warn: guard("warn"),
    error: guard("error"),
  };
}

/**
 * A log that adds these fields to every entry. An entry's own field with such a name gets an
 * underscore at its end.
 */
export function logWith(log: Logger, common: object): Logger {
  const add = (level: keyof Logger) => (message: string, fields?: object) => {
    const own = Object.entries(loggableFields(fields)).map(
      ([name, value]) => [Object.hasOwn(common, name) ? `${name}_` : name, value] as const,
    );
    log[level]?.(message, { ...common, ...Object.fromEntries(own) });
  };
  return {
    ...(log.debug === undefined ? {} : { debug: add("debug") }),
    info: add("info"),
    warn: add("warn"),
    error: add("error"),
  };
}
