import { loggableFields, loggableText } from "../errors/loggable.ts";

/** Where a process writes what it does. Fields are ids and numbers with units. */
export interface Logger {
  /** What only somebody who looks for a fault wants to read. Left out: it is not written. */
  debug?(message: string, fields?: object): void;
  info(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  error(message: string, fields?: object): void;
}

export const silentLogger: Logger = { info() {}, warn() {}, error() {} };

/** A logger that takes whatever it is given and never throws, in front of one that may. */
export function guardedLogger(log: Logger): Logger {
  const guard =
    (level: keyof Logger) =>
    (message: unknown, fields?: unknown): void => {
      try {
        const text = loggableText(message);
        if (fields === undefined || fields === null) log[level]?.(text);
        else log[level]?.(text, loggableFields(fields));
      } catch {
        // There is nowhere else to say it, and work must not fail because of a line of its log.
      }
    };
  return {
    // Left out where nobody reads it, so that nothing is prepared for it.
    ...(log.debug === undefined ? {} : { debug: guard("debug") }),
    info: guard("info"),
    warn: guard("warn"),
    error: guard("error"),
  };
}

/** A log whose entries all carry these fields; an entry's own field of such a name has an underscore behind it. */
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
