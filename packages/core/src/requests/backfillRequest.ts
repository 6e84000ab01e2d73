import { z } from "zod";
import { actorAndReason } from "./actorAndReason.ts";
import { type BackfillSettings, settingFields } from "./backfillSettings.ts";
import { nameSchema } from "./nameSchema.ts";
import { retryPolicySchema } from "./retryPolicy.ts";

/**
 * The origin of a request. `backfill`: fills history. Schedules, sensors and single runs go first
 * in the reserved share of each pool.
 */
export const requestOrigins = ["backfill", "schedule", "sensor", "run"] as const;
export type RequestOrigin = (typeof requestOrigins)[number];

/**
 * What to do with a selected partition that another backfill is running: share that execution, or
 * rerun it afterwards.
 */
export const overlapPolicies = ["share", "rerun"] as const;
export type OverlapPolicy = (typeof overlapPolicies)[number];

/**
 * Which selected partitions run: the missing ones; these and the failed ones; these and the stale
 * ones; or all.
 */
export const reprocessModes = ["missing", "failed", "stale", "all"] as const;
export type ReprocessMode = (typeof reprocessModes)[number];

export const backfillRequestSchema = z.strictObject({
  /** Asset selection text: `sales`, `+sales`, `sales+`, `tag:finance`, `*`. */
  assets: z.string().max(65_536),
  /**
   * Partition text. It selects partitions of the named assets; `+` before a name adds their
   * upstream partitions, and `+` after it their downstream ones. `:all`, and keys for `*` or a tag,
   * select partitions of the selected assets without a selected upstream asset, and the others
   * follow by the mappings.
   */
  partitions: z.string().max(65_536).default(":all"),
  /**
   * Partition texts of single assets, by name, which replace `partitions`. The assets must be
   * selected.
   */
  partitionsOf: z.record(nameSchema, z.string().max(65_536)).optional(),
  /**
   * Whether materialized partitions outside the selection run too if they rest on what runs, such
   * as later partitions of a self-dependent asset. Otherwise they keep old input and are stale.
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
  /**
   * How many partitions, spread over the selection, run first; the others start when all of these
   * have succeeded.
   */
  canary: z.int().min(1).max(10_000).optional(),
  origin: z.enum(requestOrigins).default("backfill"),
  overlap: z.enum(overlapPolicies).default("share"),
  /** Overrides the assets' policies. */
  retry: retryPolicySchema.optional(),
  label: z.string().max(200).default(""),
  reason: actorAndReason.reason,
  actor: actorAndReason.actor,
});

/** What a caller writes: defaults may be left out. */
export type BackfillRequest = z.input<typeof backfillRequestSchema>;
/** The parsed form, with all defaults. */
export type ResolvedBackfillRequest = z.output<typeof backfillRequestSchema>;

/** The settings of a backfill before any change. */
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
