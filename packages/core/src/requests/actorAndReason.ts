import { z } from "zod";

/** The actor and reason of a change, which every such call takes and logs keep. */
export const actorAndReason = {
  /** At most 200 characters; default: "", unknown. */
  actor: z.string().max(200).default(""),
  /** At most 2,000 characters; default: "". */
  reason: z.string().max(2_000).default(""),
} as const;
