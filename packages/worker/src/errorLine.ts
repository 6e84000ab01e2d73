import { z } from "zod";
import { errorNote } from "./errorNote.ts";

const noteSchema = z.object({ name: z.string(), message: z.string() });

/** Name and message of whatever was thrown, in one line of at most 200 characters. */
export function errorLine(thrown: unknown): string {
  const { name, message } = noteSchema.parse(JSON.parse(errorNote(thrown)));
  return `${name}: ${message}`.replaceAll(/[\s\p{Cc}]+/gu, " ").slice(0, 200);
}
