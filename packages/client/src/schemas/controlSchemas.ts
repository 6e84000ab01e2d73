import { actorAndReason } from "@infill/core";
import { z } from "zod";

/** The actor and reason of a change, for logs. */
export const controlOptionsSchema = z.strictObject(actorAndReason);
export type ControlOptions = z.input<typeof controlOptionsSchema>;

/** The options of a change that has a dry run. */
export const triedOptionsSchema = controlOptionsSchema.extend({
  /** Only computes the effects, and changes nothing; default: no. */
  dryRun: z.boolean().default(false),
});
