import { InfillError } from "@infill/partitions";
import type { z } from "zod";
import { unrecognizedOption } from "./unrecognizedOption.ts";

/** A schema refused an option, request or setting. */
export class InvalidOptionsError extends InfillError {
  readonly code = "INFILL_OPTIONS_INVALID";
  /** The place of the value, such as `asset "sales" pool`. */
  readonly path: string;

  constructor(subject: string, path: string, problem: string) {
    super(`Invalid ${subject}${path === "" ? "" : `: ${path}`}: ${problem}.`);
    this.path = path;
  }
}

/**
 * Parses options by their schema, once, at the entry point.
 *
 * @param subject what the options belong to, for the message
 * @throws InvalidOptionsError for the first invalid value
 */
export function parseOptions<S extends z.ZodType>(
  schema: S,
  value: unknown,
  subject: string,
): z.output<S> {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  if (issue === undefined) throw new Error("Bug: a schema refused a value without a reason");
  if (issue.code === "unrecognized_keys") {
    const problem = unrecognizedOption(schema, issue.path, issue.keys);
    throw new InvalidOptionsError(subject, issue.path.join("."), problem);
  }
  const input = "input" in issue && issue.input !== undefined ? `got ${shown(issue.input)}; ` : "";
  throw new InvalidOptionsError(
    subject,
    issue.path.join("."),
    `${input}${limitText(issue) ?? lowerFirst(issue.message)}`,
  );
}

/** A limit in plain words; undefined for another issue. */
function limitText(issue: z.core.$ZodIssue): string | undefined {
  if (issue.code !== "too_small" && issue.code !== "too_big") return undefined;
  const isLow = issue.code === "too_small";
  const limit = isLow ? issue.minimum : issue.maximum;
  const unit = unitOf(issue.origin, Number(limit));
  const than =
    issue.inclusive === false
      ? isLow
        ? "more than"
        : "less than"
      : isLow
        ? "at least"
        : "at most";
  return `expected ${than} ${limit}${unit}`;
}

function unitOf(origin: string, count: number): string {
  if (origin === "string") return count === 1 ? " character" : " characters";
  if (origin === "array" || origin === "set") return count === 1 ? " entry" : " entries";
  return "";
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
