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
 * Tells once that a running backfill fails too much. What is counted here says when to look; what is told, and whether, goes by
 * the ledgers, and Redis keeps that it was told. So a planner that takes over tells nothing twice and misses nothing.
 */
export class FailureAlert {
  readonly #environment: AlertEnvironment;
  #succeeded = 0;
  #failed = 0;

  constructor(environment: AlertEnvironment) {
    this.#environment = environment;
  }

  /** Counts anew what has settled so far. */
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

  /** Leaves a summary to be delivered where the failures have reached the alert. @param record that of a running backfill */
  async check(record: BackfillRecord): Promise<void> {
    const { store, registered, log, alerts } = this.#environment;
    if (alerts === undefined || record.alertedMs !== undefined) return;
    if (!isReached(alerts, this.#succeeded, this.#failed)) return;
    const { id } = record;
    const standing = await deliveredSummary(store, registered, record, "running");
    const { succeeded, failed } = standing.counts;
    // A settlement may have been counted twice here; the ledgers are exact.
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
