import { z } from "zod";

/** Who asks for a change, and why. Every call that changes something takes both; logs keep them. */
export const actorAndReason = {
  /** At most 200 characters; left out: "", nobody is known. */
  actor: z.string().max(200).default(""),
  /** At most 2,000 characters; left out: "". */
  reason: z.string().max(2_000).default(""),
} as const;
