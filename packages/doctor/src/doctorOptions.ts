import { actorAndReason } from "@infill/core";
import { z } from "zod";

/** Options of `doctor`. */
export const doctorOptionsSchema = z.strictObject({
  /** The actor of repairs, for the logs of the backfills; default: `doctor`. */
  actor: actorAndReason.actor.unwrap().default("doctor"),
  reason: actorAndReason.reason.unwrap().default("its state was repaired"),
  /** Whether to repair; default: only check. */
  fix: z.boolean().default(false),
  /**
   * How long places that cannot be read at one instant (queue and state, headers and ledgers) must
   * disagree to be a finding, in milliseconds, 0 to 3,600,000: work in progress agrees sooner.
   * Default: 5,000.
   */
  patienceMs: z.int().min(0).max(3_600_000).default(5_000),
});

/** What a caller writes: defaults may be left out. */
export type DoctorOptions = z.input<typeof doctorOptionsSchema>;
/** What the code reads: every field present. */
export type ResolvedDoctorOptions = z.output<typeof doctorOptionsSchema>;
