import { leaseBackfill, releaseBackfill, type StateStore } from "@infill/state";

/** The terms of a lease. */
export interface LeaseTerms {
  readonly planner: string;
  readonly leaseMs: number;
  /** Time between renewals, in milliseconds. */
  readonly tickMs: number;
  /**
   * A clock that continues while the process is frozen, in milliseconds; default: the system's
   * monotonic clock.
   */
  readonly now?: () => number;
}

/**
 * A planner's lease on a backfill. It ends by Redis' clock. The planner's own clock counts from
 * before the request, so the planner always learns in time that the lease may be over.
 */
export class BackfillLease {
  readonly #store: StateStore;
  readonly #backfillId: string;
  readonly #terms: LeaseTerms;
  readonly #now: () => number;
  /** Time of the last successful request. */
  #askedMs = Number.NEGATIVE_INFINITY;

  constructor(store: StateStore, backfillId: string, terms: LeaseTerms) {
    this.#store = store;
    this.#backfillId = backfillId;
    this.#terms = terms;
    this.#now = terms.now ?? (() => performance.now());
  }

  /**
   * Whether the lease may be over or was never granted. A lease shorter than its renewal interval
   * always may be.
   */
  get isOverdue(): boolean {
    const { leaseMs, tickMs } = this.#terms;
    return leaseMs > tickMs && this.#now() - this.#askedMs > leaseMs;
  }

  /** Takes or renews the lease. @returns whether this planner has it */
  async renew(): Promise<boolean> {
    const { planner, leaseMs } = this.#terms;
    const askedMs = this.#now();
    const isLeased = await leaseBackfill(this.#store, this.#backfillId, planner, leaseMs);
    if (isLeased) this.#askedMs = askedMs;
    return isLeased;
  }

  /** Gives the lease up, so that another planner need not wait for its end. */
  release(): Promise<void> {
    return releaseBackfill(this.#store, this.#backfillId, this.#terms.planner);
  }
}
