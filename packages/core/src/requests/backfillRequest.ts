import { z } from "zod";
import { actorAndReason } from "./actorAndReason.ts";
import { type BackfillSettings, settingFields } from "./backfillSettings.ts";
import { nameSchema } from "./names.ts";
import { retryPolicySchema } from "./retryPolicy.ts";

/**
 * Who submits: `backfill` for what fills history in; schedules, sensors and single runs go first in the reserved share
 * of each pool.
 */
export const requestOrigins = ["backfill", "schedule", "sensor", "run"] as const;
export type RequestOrigin = (typeof requestOrigins)[number];

/** What becomes of a selected partition that another backfill runs just then: that run counts for both, or it runs again. */
export const overlapPolicies = ["share", "rerun"] as const;
export type OverlapPolicy = (typeof overlapPolicies)[number];

/** Which of the selected partitions run: those never materialized, these and the failed ones, these and the stale ones, or every one. */
export const reprocessModes = ["missing", "failed", "stale", "all"] as const;
export type ReprocessMode = (typeof reprocessModes)[number];

export const backfillRequestSchema = z.strictObject({
  /** Asset selection text: `sales`, `+sales`, `sales+`, `tag:finance`, `*`. */
  assets: z.string().max(65_536),
  /**
   * Partition text. It picks partitions of the assets that are named; `+` before a name adds what these need, and `+`
   * after it what is made from them. With `:all`, and with keys for `*` or a tag, it picks partitions of the selected
   * assets that have no selected upstream, and the others follow by the mappings.
   */
  partitions: z.string().max(65_536).default(":all"),
  /** Partition texts of single assets, by name, which hold instead of `partitions`. The assets have to be selected. */
  partitionsOf: z.record(nameSchema, z.string().max(65_536)).optional(),
  /**
   * Whether partitions run too that were made before and rest on what runs, and that are not among the selected ones:
   * later partitions of an asset that depends on itself, for example. Otherwise they keep old input and are stale.
   */
  propagate: z.boolean().default(true),
  reprocess: z.enum(reprocessModes).default("failed"),
  order: settingFields.order.default("oldest"),
  priority: settingFields.priority.default(0),
  weight: settingFields.weight.default(1),
  window: settingFields.window.optional(),
  concurrency: settingFields.concurrency.optional(),
  maxPartitionsPerRun: settingFields.maxPartitionsPerRun.optional(),
  budget: settingFields.budget.optional(),
  minSuccessRatio: settingFields.minSuccessRatio.default(1),
  /** So many partitions, spread over the selection, run first; the rest follows when all of them have succeeded. */
  canary: z.int().min(1).max(10_000).optional(),
  origin: z.enum(requestOrigins).default("backfill"),
  overlap: z.enum(overlapPolicies).default("share"),
  /** Overrides what the assets say. */
  retry: retryPolicySchema.optional(),
  label: z.string().max(200).default(""),
  reason: actorAndReason.reason,
  actor: actorAndReason.actor,
});

/** What a caller writes: defaults may be left out. */
export type BackfillRequest = z.input<typeof backfillRequestSchema>;
/** What the planner reads. */
export type ResolvedBackfillRequest = z.output<typeof backfillRequestSchema>;

/** How a backfill runs that nobody has changed. */
export function settingsOfRequest(request: ResolvedBackfillRequest): BackfillSettings {
  const { order, priority, weight, window, concurrency, maxPartitionsPerRun } = request;
  const { budget, minSuccessRatio } = request;
  return {
    order,
    priority,
    weight,
    minSuccessRatio,
    ...(window === undefined ? {} : { window }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(maxPartitionsPerRun === undefined ? {} : { maxPartitionsPerRun }),
    ...(budget === undefined ? {} : { budget }),
  };
}

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
