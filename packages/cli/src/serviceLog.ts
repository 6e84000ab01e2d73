import type { Logger } from "@infill/state";
import type { Output } from "./output.ts";
import { escapeText, safeJson } from "./render/escapeText.ts";
import type { Role } from "./render/theme.ts";

const roles: Readonly<Record<keyof Logger, Role>> = { info: "grey", warn: "yellow", error: "red" };

/**
 * The log of a planner, worker or dev on stderr: one line an entry, for people, or a JSON object where the command
 * was asked for JSON.
 *
 * @param now epoch milliseconds
 */
export function serviceLog(out: Output, now: () => number): Logger {
  const write = (level: keyof Logger, message: string, fields: object = {}) => {
    const time = new Date(now()).toISOString();
    if (out.isJson) {
      out.note(safeJson({ time, level, message, ...fields }));
      return;
    }
    const facts = Object.entries(fields).map(([name, value]) => ` ${name}=${factText(value)}`);
    const mark = out.noteTheme.paint(roles[level], level.padEnd(5));
    out.note(
      `${time} ${mark} ${escapeText(message)}${out.noteTheme.paint("grey", facts.join(""))}`,
    );
  };
  return {
    info: (message, fields) => write("info", message, fields),
    warn: (message, fields) => write("warn", message, fields),
    error: (message, fields) => write("error", message, fields),
  };
}

function factText(value: unknown): string {
  if (value instanceof Error) return escapeText(JSON.stringify(value.message));
  if (typeof value === "string" && /^[\w.:/@|-]+$/.test(value)) return value;
  try {
    return escapeText(JSON.stringify(value) ?? String(value));
  } catch {
    return "(not JSON)";
  }
}
