import type { Alerts, BackfillAlertSummary, Logger } from "@infill/core";
import {
  alertBackfill,
  type BackfillRecord,
  readLedgerCounters,
  type RegisteredAsset,
  type StateStore,
} from "@infill/state";
import { deliveredSummary } from "@infill/planning";

interface AlertEnvironment {
  readonly store: StateStore;
  readonly registered: ReadonlyMap<string, RegisteredAsset>;
  readonly log: Logger;
  readonly alerts?: Alerts | undefined;
}

/**
 * Queues an alert once if a running backfill fails too often. The counts here only decide when to
 * check; the check uses the ledgers, and Redis records that the alert was sent. So a planner that
 * takes over neither repeats nor misses an alert.
 */
export class FailureAlert {
  readonly #environment: AlertEnvironment;
  #succeeded = 0;
  #failed = 0;

  constructor(environment: AlertEnvironment) {
    this.#environment = environment;
  }

  /** Counts the settlements so far again. */
  async load(record: BackfillRecord): Promise<void> {
    this.#succeeded = 0;
    this.#failed = 0;
    if (this.#environment.alerts === undefined || record.alertedMs !== undefined) return;
    for (const name of record.header.assets) {
      const counters = await readLedgerCounters(this.#environment.store, name, record.id);
      this.#succeeded += counters?.succeeded ?? 0;
      this.#failed += counters?.failed ?? 0;
    }
  }

  /** Takes in settlements. */
  observe(failed: boolean, count: number): void {
    if (failed) this.#failed += count;
    else this.#succeeded += count;
  }

  /**
   * Queues the alert if the failures have reached its limit. @param record of a running backfill
   */
  async check(record: BackfillRecord): Promise<void> {
    const { store, registered, log, alerts } = this.#environment;
    if (alerts === undefined || record.alertedMs !== undefined) return;
    if (!isReached(alerts, this.#succeeded, this.#failed)) return;
    const { id } = record;
    const standing = await deliveredSummary(store, registered, record, "running");
    const { succeeded, failed } = standing.counts;
    // The counts here may include a settlement twice; the ledgers are exact.
    if (!isReached(alerts, succeeded, failed)) return this.load(record);
    const failureRate = failed / (succeeded + failed);
    const summary: BackfillAlertSummary = {
      version: 1,
      event: "failing",
      status: "running",
      failureRate,
      alert: alerts,
      show: `infill backfill failures ${id}`,
      ...standing,
    };
    const details = { failed, succeeded, alert: alerts.failureRate };
    const entry = { what: "failing", actor: "planner", details };
    if (await alertBackfill(store, id, JSON.stringify(summary), entry))
      log.warn("the failures of a backfill have reached the alert", { backfill: id, ...details });
  }
}

function isReached({ failureRate, after }: Alerts, succeeded: number, failed: number): boolean {
  const settled = succeeded + failed;
  return settled >= after && failed / settled >= failureRate;
}
