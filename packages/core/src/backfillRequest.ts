import { z } from "zod";
import { capSchema } from "./concurrency.ts";
import { retryPolicySchema } from "./retryPolicy.ts";

/** The order in which ready partitions start. */
export const backfillOrders = ["oldest", "newest"] as const;
export type BackfillOrder = (typeof backfillOrders)[number];

/** Which of the selected partitions run: those never materialized, these and the failed ones, these and the stale ones, or every one. */
export const reprocessModes = ["missing", "failed", "stale", "all"] as const;
export type ReprocessMode = (typeof reprocessModes)[number];

export const backfillRequestSchema = z.strictObject({
  /** Asset selection text: `sales`, `+sales`, `sales+`, `tag:finance`, `*`. */
  assets: z.string().max(65_536),
  /**
   * Partition text that picks partitions of the selected assets that have no selected upstream; those of the
   * others follow by the mappings.
   */
  partitions: z.string().max(65_536).default(":all"),
  reprocess: z.enum(reprocessModes).default("failed"),
  order: z.enum(backfillOrders).default("oldest"),
  /** Higher starts first where backfills compete for a pool. */
  priority: z.int().min(-100).max(100).default(0),
  /** Most jobs of the backfill in Redis at once; left out: sized from the workers that are there. */
  window: z.int().min(1).max(100_000).optional(),
  /** Most partitions of the backfill in progress at once, over all workers; left out: as many as there are slots. */
  concurrency: capSchema.optional(),
  /** Most partitions that one job covers, one after another in one slot; left out: few where functions are slow, more where they are quick. */
  maxPartitionsPerRun: z.int().min(1).max(1_000).optional(),
  /** Overrides what the assets say. */
  retry: retryPolicySchema.optional(),
  label: z.string().max(200).default(""),
  reason: z.string().max(2_000).default(""),
  actor: z.string().max(200).default(""),
});

/** What a caller writes: defaults may be left out. */
export type BackfillRequest = z.input<typeof backfillRequestSchema>;
/** What the planner reads. */
export type ResolvedBackfillRequest = z.output<typeof backfillRequestSchema>;

/** The states of a backfill; the last three are final. */
export const backfillStatuses = [
  "running",
  "paused",
  "canceling",
  "succeeded",
  "failed",
  "canceled",
] as const;
export type BackfillStatus = (typeof backfillStatuses)[number];

export function isFinalStatus(status: BackfillStatus): boolean {
  return status === "succeeded" || status === "failed" || status === "canceled";
}
