import { leaseBackfill, releaseBackfill, type StateStore } from "@infill/state";

/** What a lease is asked for with. */
export interface LeaseTerms {
  readonly planner: string;
  readonly leaseMs: number;
  /** How often it is renewed, in milliseconds. */
  readonly tickMs: number;
  /** A clock that goes on while the process stands still, in milliseconds; left out: the system's monotonic one. */
  readonly now?: () => number;
}

/**
 * One planner's right to plan one backfill. Redis' clock ends it; the planner's own says in time that it may be over,
 * because it counts from before the lease was asked for.
 */
export class BackfillLease {
  readonly #store: StateStore;
  readonly #backfillId: string;
  readonly #terms: LeaseTerms;
  readonly #now: () => number;
  /** When it was asked for last, and given. */
  #askedMs = Number.NEGATIVE_INFINITY;

  constructor(store: StateStore, backfillId: string, terms: LeaseTerms) {
    this.#store = store;
    this.#backfillId = backfillId;
    this.#terms = terms;
    this.#now = terms.now ?? (() => performance.now());
  }

  /** Whether it may be over, or was never given. One that is shorter than its renewal is never kept, and not looked at. */
  get isOverdue(): boolean {
    const { leaseMs, tickMs } = this.#terms;
    return leaseMs > tickMs && this.#now() - this.#askedMs > leaseMs;
  }

  /** Asks for another while. @returns whether the backfill is this planner's */
  async renew(): Promise<boolean> {
    const { planner, leaseMs } = this.#terms;
    const askedMs = this.#now();
    const isLeased = await leaseBackfill(this.#store, this.#backfillId, planner, leaseMs);
    if (isLeased) this.#askedMs = askedMs;
    return isLeased;
  }

  /** Gives it up, so that another planner need not wait for its end. */
  release(): Promise<void> {
    return releaseBackfill(this.#store, this.#backfillId, this.#terms.planner);
  }
}
