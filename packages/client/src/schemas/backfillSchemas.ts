import {
  backfillRequestSchema,
  backfillStatuses,
  backfillSubmissionSchema,
  fingerprintPattern,
  settingChangesSchema,
} from "@infill/core";
import { z } from "zod";
import { controlOptionsSchema, triedOptionsSchema } from "./controlSchemas.ts";
import { pageLimitSchema, pageOptionsSchema } from "./pageSchemas.ts";
import { idTextSchema, selectionTextSchema } from "./textSchemas.ts";

/** Which backfills to list, and which part of the list. */
const listSchema = pageOptionsSchema.extend({
  /** Default: every status. */
  status: z.enum(backfillStatuses).optional(),
});

/**
 * Changes of a running backfill's settings and selection. Properties that are left out do not
 * change.
 */
const changesSchema = settingChangesSchema.extend({
  /**
   * Partition text to add: what a new request with this text instead of its own texts would run.
   * Selects only partitions that existed at the plan's moment, and only in assets that the backfill
   * runs already.
   */
  add: selectionTextSchema.optional(),
  /**
   * Partition text to drop from the assets that the request names, together with everything
   * downstream, and with the upstream partitions that only these need. Leaves alone what has settled
   * or runs.
   */
  drop: selectionTextSchema.optional(),
});
export type BackfillChanges = z.input<typeof changesSchema>;
/** What the code reads. */
export type ResolvedBackfillChanges = z.output<typeof changesSchema>;

/** How and how long to pause a backfill, with actor and reason. */
const pauseSchema = controlOptionsSchema.extend({
  /**
   * `drain` (default) lets running partitions end; `stop` aborts them, and those attempts do not
   * count.
   */
  mode: z.enum(["drain", "stop"]).default("drain"),
  /** Resumes by itself after this long, in milliseconds, 1,000 to 365 days; default: only by a resume. */
  forMs: z
    .int()
    .min(1_000)
    .max(365 * 86_400_000)
    .optional(),
});
export type PauseOptions = z.input<typeof pauseSchema>;
/** What the code reads. */
export type ResolvedPauseOptions = z.output<typeof pauseSchema>;

/** Which partitions of a backfill run again, with actor and reason. */
const retrySchema = controlOptionsSchema
  .extend({
    /** Default: failed, skipped and canceled ones. */
    only: z.enum(["failed", "skipped", "canceled"]).optional(),
    /** The fingerprint of a group of failures, or its beginning. */
    group: z
      .string()
      .regex(fingerprintPattern, 'expected the beginning of a fingerprint, such as "f7a1"')
      .optional(),
    /** Whether to include partitions that `backfills.change` dropped; default: no. */
    dropped: z.boolean().default(false),
  })
  .check(({ value, issues }) => {
    if (value.group === undefined || value.only !== "canceled") return;
    const message = 'got "canceled" with a group; expected "failed", "skipped" or nothing';
    issues.push({ code: "custom", path: ["only"], input: value.only, message });
  });
export type RetryOptions = z.input<typeof retrySchema>;

/** Which ended backfills to prune. Without limits the project's retention applies. */
const pruneSchema = triedOptionsSchema.extend({
  /** Prunes backfills that ended longer ago, in milliseconds, 0 to 36,500 days; may be a fraction. */
  olderThanMs: z
    .number()
    .min(0)
    .max(36_500 * 86_400_000)
    .optional(),
  /** Keeps at most this many, 0 to 1,000,000; the ones that ended first are pruned. */
  keep: z.int().min(0).max(1_000_000).optional(),
});
export type PruneOptions = z.input<typeof pruneSchema>;
/** What the code reads. */
export type ResolvedPruneOptions = z.output<typeof pruneSchema>;

/** The input of each method of `Backfills`. `id` is the id that most of them take first. */
export const backfillInputs = {
  id: idTextSchema,
  preview: backfillRequestSchema,
  create: backfillSubmissionSchema,
  list: listSchema,
  watch: z.strictObject({
    /** Ends the watch early. */
    signal: z.instanceof(AbortSignal, { error: "expected an AbortSignal" }).optional(),
  }),
  cancel: controlOptionsSchema,
  pause: pauseSchema,
  change: changesSchema,
  changeBy: triedOptionsSchema,
  resume: controlOptionsSchema,
  retry: retrySchema,
  delete: controlOptionsSchema.extend({
    /** Whether to delete a backfill that is unreadable or set aside, with any status; default: no. */
    force: z.boolean().default(false),
  }),
  prune: pruneSchema,
  listPrunes: z.strictObject({ limit: pageLimitSchema }),
  listEvents: pageOptionsSchema,
} as const;
