import { z } from "zod";

const defaults = { maxAgeDays: 90, maxCount: 10_000 };

/**
 * How long ended backfills are kept, with their logs, summaries and the errors of their failures.
 * Partitions, records and metadata are always kept.
 */
export const retentionSchema = z
  .strictObject({
    endedBackfills: z
      .strictObject({
        /**
         * Days after its end for which a backfill is kept, 0 to 36,500, fractions allowed; null for
         * no limit.
         */
        maxAgeDays: z.number().min(0).max(36_500).nullable().default(defaults.maxAgeDays),
        /**
         * Most ended backfills, 0 to 1,000,000; those that ended first are pruned; null for no
         * limit.
         */
        maxCount: z.int().min(0).max(1_000_000).nullable().default(defaults.maxCount),
      })
      .default(defaults),
  })
  .default({ endedBackfills: defaults });

/** A project's retention of ended backfills. */
export type Retention = z.output<typeof retentionSchema>;
