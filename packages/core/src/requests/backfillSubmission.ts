import { z } from "zod";
import { backfillRequestSchema } from "./backfillRequest.ts";

/** What a backfill is created with: the request, and how it is to be submitted. Only the request is kept. */
export const backfillSubmissionSchema = backfillRequestSchema.safeExtend({
  /** The hash of a preview of the same request, not older than an hour: that plan is run, or it is refused. */
  planHash: z.string().max(200).optional(),
  /** For a day, one backfill is made of all equal submissions with the same key. */
  idempotencyKey: z.string().min(1).max(200).optional(),
});

/** What a caller writes: defaults may be left out. */
export type BackfillSubmission = z.input<typeof backfillSubmissionSchema>;
