/** Levels of a log, from the one that writes the most to the one that writes the least. */
export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];
