import { z } from "zod";
import { backfillSummaryFields } from "./finishedBackfill.ts";

/** When to alert people that a running backfill fails too often. */
export const alertsSchema = z.strictObject({
  /** Share of failures among the partitions of a backfill that have succeeded or failed, above 0 and at most 1. */
  failureRate: z.number().gt(0).max(1),
  /** How many partitions must have succeeded or failed before the share counts. */
  after: z.int().min(1).max(100_000_000).default(50),
});
export type Alerts = z.output<typeof alertsSchema>;

/**
 * A planner's facts about a backfill whose failures reach the alert; stored until every target has
 * accepted them.
 */
export const failingBackfillSchema = z.object({
  version: z.literal(1),
  event: z.literal("failing"),
  status: z.literal("running"),
  /** Share of failures among the partitions that had succeeded or failed. */
  failureRate: z.number(),
  /** The project's alert that it has reached. */
  alert: z.object({ failureRate: z.number(), after: z.int() }),
  /** The command that shows the failures. */
  show: z.string(),
  ...backfillSummaryFields,
});

/** The stored part of the summary. */
export type BackfillAlertSummary = z.output<typeof failingBackfillSchema>;

/**
 * A running backfill whose failures have reached the project's alert: the argument of
 * `onBackfillFailing` and the body for webhooks. A backfill has at most one, even if it is resumed
 * or retried. It may be delivered more than once, always with the same `deliveryId`. The backfill
 * continues, so the counts do not add up to `selected`.
 */
export interface FailingBackfill extends BackfillAlertSummary {
  readonly type: "backfill.failing";
  /** `<backfillId>-<sequence>`. */
  readonly deliveryId: string;
  readonly backfillId: string;
  /** Numbers the summaries of this backfill (alerts, pauses and ends) from 1. */
  readonly sequence: number;
  /** ISO 8601, UTC, by Redis' clock. */
  readonly failingAt: string;
}
