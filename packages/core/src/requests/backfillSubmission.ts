import { z } from "zod";
import { backfillRequestSchema } from "./backfillRequest.ts";

/**
 * The argument for creating a backfill: the request, and options of its submission. Only the
 * request is kept.
 */
export const backfillSubmissionSchema = backfillRequestSchema.safeExtend({
  /**
   * The hash of a preview of the same request, at most an hour old: exactly that plan runs, or the
   * submission is refused.
   */
  planHash: z.string().max(200).optional(),
  /** For a day, all equal submissions with the same key create one backfill. */
  idempotencyKey: z.string().min(1).max(200).optional(),
});

/** What a caller writes: defaults may be left out. */
export type BackfillSubmission = z.input<typeof backfillSubmissionSchema>;
/** What the client reads. */
export type ResolvedBackfillSubmission = z.output<typeof backfillSubmissionSchema>;
