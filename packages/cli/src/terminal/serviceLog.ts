import { loggableFields, loggableText, type Logger } from "@infill/core";
import { type LogLevel, logLevels } from "../options/logLevels.ts";
import type { Output } from "./output.ts";
import { escapeText, safeJson } from "../text/escapeText.ts";
import type { Role } from "../text/theme.ts";

const roles: Readonly<Record<keyof Logger, Role>> = {
  debug: "grey",
  info: "grey",
  warn: "yellow",
  error: "red",
};

/** Names that every entry has; a field of such a name is written with an underscore behind it. */
const ownNames: ReadonlySet<string> = new Set(["time", "level", "message"]);

/**
 * The log of a planner, worker or dev on stderr: one line an entry, for people, or a JSON object where the command
 * was asked for JSON. Takes whatever it is given: messages and fields come from functions of users.
 *
 * @param now epoch milliseconds
 * @param least entries below this level are not written
 */
export function serviceLog(out: Output, now: () => number, least: LogLevel = "info"): Logger {
  const write = (level: keyof Logger, message: unknown, fields: unknown) => {
    const time = new Date(now()).toISOString();
    const text = loggableText(message);
    const plain = Object.entries(loggableFields(fields)).map(
      ([name, value]) => [ownNames.has(name) ? `${name}_` : name, value] as const,
    );
    if (out.isJson) {
      out.note(safeJson({ time, level, message: text, ...Object.fromEntries(plain) }));
      return;
    }
    const facts = plain.map(([name, value]) => ` ${escapeText(name)}=${factText(value)}`);
    const mark = out.noteTheme.paint(roles[level], level.padEnd(5));
    out.note(`${time} ${mark} ${escapeText(text)}${out.noteTheme.paint("grey", facts.join(""))}`);
  };
  const at =
    (level: LogLevel): Logger["info"] =>
    (message, fields) => {
      if (logLevels.indexOf(level) >= logLevels.indexOf(least)) write(level, message, fields);
    };
  return {
    ...(least === "debug" ? { debug: at("debug") } : {}),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
  };
}

/** @param value plain JSON */
function factText(value: unknown): string {
  if (typeof value === "string" && /^[\w.:/@|-]+$/.test(value)) return value;
  return escapeText(JSON.stringify(value));
}
