import { excerptOf, storedJson } from "@infill/state";
import { z } from "zod";

const causeSchema = z.object({
  name: z.string(),
  message: z.string(),
  /** 1 for a cause of the thrown error, 2 for a cause of that one, and so on. */
  depth: z.int().min(1),
  /** `errors`: one of the inner errors of an aggregate. */
  via: z.enum(["cause", "errors"]),
});

/** A cause of an error, or an inner error of an aggregate. */
export type ErrorCause = z.output<typeof causeSchema>;

const noteSchema = z.object({
  fingerprint: z.string().optional(),
  name: z.string(),
  message: z.string(),
  stack: z.string().optional(),
  /** From the outside in; absent if an earlier version wrote the note. */
  causes: z.array(causeSchema).max(64).optional(),
  /** Index of the innermost cause, by which failures are grouped. */
  innermost: z.int().optional(),
});

/** An error as a worker stores it. */
export type ErrorNote = z.output<typeof noteSchema>;

/** Parses a stored error. An unreadable one becomes a note that says so. */
export function parseErrorNote(text: string): ErrorNote {
  const parsed = noteSchema.safeParse(storedJson(text));
  return parsed.success
    ? parsed.data
    : { name: "Error", message: `the stored error is unreadable: ${excerptOf(text)}` };
}

/** The cause by which a failure is grouped; undefined if it has none. */
export function innermostCause({ causes, innermost }: Partial<ErrorNote>): ErrorCause | undefined {
  return causes?.[innermost ?? causes.length - 1];
}

/** An error on one line: `TypeError: fetch failed ← Error: connect ECONNREFUSED 127.0.0.1:80`. */
export function errorText(
  error: Pick<ErrorNote, "name" | "message"> & Partial<ErrorNote>,
  textOf: (name: string, message: string) => string = (name, message) => `${name}: ${message}`,
): string {
  const cause = innermostCause(error);
  const own = textOf(error.name, error.message);
  return cause === undefined ? own : `${own} ← ${textOf(cause.name, cause.message)}`;
}
