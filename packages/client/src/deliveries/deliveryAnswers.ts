/**
 * A summary that a target has not accepted: of a backfill's end, a pause by itself, or an alert for
 * failures.
 */
export interface WaitingSummary {
  /** `<backfillId>-<sequence>`. */
  readonly deliveryId: string;
  readonly backfillId: string;
  readonly event: "finished" | "paused" | "failing";
  /**
   * A webhook's host, or the name of the project's function, such as `onBackfillFinished`; absent
   * until a planner has expanded it.
   */
  readonly target?: string;
  /** `waiting`: the next attempt is due at `at`. `parked`: given up at `at`. */
  readonly status: "waiting" | "parked";
  readonly attempts: number;
  /** Error of the last attempt; "" if none has failed. */
  readonly error: string;
  /** ISO 8601, UTC, by Redis' clock. */
  readonly at: string;
}
