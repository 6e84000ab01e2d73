import { z } from "zod";
import { countSchema, instantSchema } from "./answerParts.ts";

/** A summary that some target has not taken: `WaitingSummary`. */
export const waitingSummarySchema = z.strictObject({
  deliveryId: z.string(),
  backfillId: z.string(),
  event: z.enum(["finished", "paused", "failing"]),
  target: z.string().exactOptional(),
  status: z.enum(["waiting", "parked"]),
  attempts: countSchema,
  error: z.string(),
  at: instantSchema,
});
