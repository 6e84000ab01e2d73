import { InfillError } from "@infill/partitions";
import type { z } from "zod";
import { unrecognizedOption } from "./unrecognizedOption.ts";

/** An option, request or setting that its schema refuses. */
export class InvalidOptionsError extends InfillError {
  readonly code = "INFILL_OPTIONS_INVALID";
  /** Where the value stands, such as `asset "sales" pool`. */
  readonly path: string;

  constructor(subject: string, path: string, problem: string) {
    super(`Invalid ${subject}${path === "" ? "" : `: ${path}`}: ${problem}.`);
    this.path = path;
  }
}

/**
 * Parses options by their schema, once, where they enter.
 *
 * @param subject what the options belong to, for the message
 * @throws InvalidOptionsError for the first thing that is wrong
 */
export function parseOptions<S extends z.ZodType>(
  schema: S,
  value: unknown,
  subject: string,
): z.output<S> {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  if (issue === undefined) throw new Error("Bug: a schema refused a value without saying why");
  if (issue.code === "unrecognized_keys") {
    const problem = unrecognizedOption(schema, issue.path, issue.keys);
    throw new InvalidOptionsError(subject, issue.path.join("."), problem);
  }
  const input = "input" in issue && issue.input !== undefined ? `got ${shown(issue.input)}; ` : "";
  throw new InvalidOptionsError(
    subject,
    issue.path.join("."),
    `${input}${lowerFirst(issue.message)}`,
  );
}

function shown(value: unknown): string {
  let text: string;
  try {
    text = typeof value === "function" ? "a function" : (JSON.stringify(value) ?? String(value));
  } catch {
    text = typeof value;
  }
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
