import { z } from "zod";
import { capSchema } from "./concurrencyPer.ts";

/**
 * The order in which ready partitions start. `spread`: evenly over the selection, so that early
 * results are a sample of all of it.
 */
export const backfillOrders = ["oldest", "newest", "spread"] as const;
export type BackfillOrder = (typeof backfillOrders)[number];

/**
 * Limits at which a backfill pauses by itself. Partitions in progress end; after a resume, counting
 * starts again.
 */
export const budgetSchema = z.strictObject({
  /** Failed partitions. */
  failures: z.int().min(1).max(100_000_000).optional(),
  /** Share of failures among the newest settlements, above 0 and at most 1. */
  failureRate: z.number().gt(0).max(1).optional(),
  /** How many of the newest settlements `failureRate` counts; it has no effect before that many. */
  failureRateOver: z.int().min(10).max(100_000).default(100),
  /** Time since it was submitted or last resumed, in milliseconds. */
  wallMs: z
    .int()
    .min(1_000)
    .max(365 * 86_400_000)
    .optional(),
});
export type Budget = z.output<typeof budgetSchema>;

/** The settings of a request that may be changed while it runs; each field without its default. */
export const settingFields = {
  order: z.enum(backfillOrders),
  /** Higher starts first, strictly, among backfills of a pool. */
  priority: z.int().min(-100).max(100),
  /**
   * Share of a pool beside other backfills of the same priority: with weights 1 and 3, the second
   * gets three quarters.
   */
  weight: z.int().min(1).max(1_000),
  /** Most jobs of the backfill in Redis at once; default: depends on the workers. */
  window: z.int().min(1).max(100_000),
  /**
   * Most partitions of the backfill in progress at once, over all workers; default: the number of
   * slots.
   */
  concurrency: capSchema,
  /**
   * Most partitions of one job, which run one after another in one slot; default: few if functions
   * are slow, more if they are fast.
   */
  maxPartitionsPerRun: z.int().min(1).max(1_000),
  budget: budgetSchema,
  /** Share of the selected partitions that must succeed for the backfill to count as succeeded, 0 to 1. */
  minSuccessRatio: z.number().min(0).max(1),
} as const;

/** A backfill's present settings. */
export const backfillSettingsSchema = z.strictObject({
  order: settingFields.order,
  priority: settingFields.priority,
  weight: settingFields.weight,
  window: settingFields.window.optional(),
  concurrency: settingFields.concurrency.optional(),
  maxPartitionsPerRun: settingFields.maxPartitionsPerRun.optional(),
  budget: settingFields.budget.optional(),
  minSuccessRatio: settingFields.minSuccessRatio,
});
export type BackfillSettings = z.output<typeof backfillSettingsSchema>;

/**
 * Changes of a running backfill's settings: a field that is left out does not change, null removes
 * a limit.
 */
export const settingChangesSchema = z.strictObject({
  order: settingFields.order.optional(),
  priority: settingFields.priority.optional(),
  weight: settingFields.weight.optional(),
  window: settingFields.window.nullable().optional(),
  concurrency: settingFields.concurrency.nullable().optional(),
  maxPartitionsPerRun: settingFields.maxPartitionsPerRun.nullable().optional(),
  budget: settingFields.budget.nullable().optional(),
  minSuccessRatio: settingFields.minSuccessRatio.optional(),
});
export type SettingChanges = z.input<typeof settingChangesSchema>;

/** Settings with changes applied. */
export function changeSettings(
  settings: BackfillSettings,
  changes: z.output<typeof settingChangesSchema>,
): BackfillSettings {
  const merged = { ...settings, ...changes };
  const kept = Object.entries(merged).filter(([, value]) => value !== null && value !== undefined);
  return backfillSettingsSchema.parse(Object.fromEntries(kept));
}
