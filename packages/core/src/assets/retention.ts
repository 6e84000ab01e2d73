import { z } from "zod";

const defaults = { maxAgeDays: 90, maxCount: 10_000 };

/**
 * How long ended backfills are kept, with their logs, summaries and the errors of their failures. Partitions, their records and
 * metadata are kept always.
 */
export const retentionSchema = z
  .strictObject({
    endedBackfills: z
      .strictObject({
        /** Days after its end in which a backfill is kept, 0 to 36,500; parts of a day are allowed; null for any age. */
        maxAgeDays: z.number().min(0).max(36_500).nullable().default(defaults.maxAgeDays),
        /** Ended backfills that are kept at the most, 0 to 1,000,000: of more, those that ended first are pruned; null for any number. */
        maxCount: z.int().min(0).max(1_000_000).nullable().default(defaults.maxCount),
      })
      .default(defaults),
  })
  .default({ endedBackfills: defaults });

/** What a project says of how long ended backfills are kept. */
export type Retention = z.output<typeof retentionSchema>;
