import { loggableFields, loggableText } from "@infill/core";

/** Where a process writes what it does. Fields are ids and numbers with units. */
export interface Logger {
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
        if (fields === undefined || fields === null) log[level](text);
        else log[level](text, loggableFields(fields));
      } catch {
        // There is nowhere else to say it, and work must not fail because of a line of its log.
      }
    };
  return { info: guard("info"), warn: guard("warn"), error: guard("error") };
}
