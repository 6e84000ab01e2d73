/** Where a process writes what it does. Fields are ids and numbers with units. */
export interface Logger {
  info(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  error(message: string, fields?: object): void;
}

export const silentLogger: Logger = { info() {}, warn() {}, error() {} };
