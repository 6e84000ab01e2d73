import { z } from "zod";

const noteSchema = z.object({
  fingerprint: z.string().optional(),
  name: z.string(),
  message: z.string(),
  stack: z.string().optional(),
});

/** An error as a worker keeps it. */
export type ErrorNote = z.output<typeof noteSchema>;

/** Reads a stored error. */
export function parseErrorNote(text: string): ErrorNote {
  const parsed = noteSchema.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : { name: "Error", message: text.slice(0, 200) };
}
