import { PoolQueues } from "@infill/planning";
import type { StateStore } from "@infill/state";

/** The planner's process dies, or its connection breaks, before a call to Redis. */
export class CutOff extends Error {
  constructor() {
    super(cutOffText);
  }
}

/** How a log names it. */
export const cutOffText = "cut off by the history";

/** Cuts a planner off after a number of calls to Redis. */
export class CallBudget {
  #left = Number.POSITIVE_INFINITY;
  #onCut: () => void = () => {};

  /**
   * @param calls that still succeed
   * @param onCut called before the first call that does not
   */
  set(calls: number, onCut: () => void): void {
    this.#left = calls;
    this.#onCut = onCut;
  }

  /** Lets every call succeed. */
  lift(): void {
    this.set(Number.POSITIVE_INFINITY, () => {});
  }

  /** @throws CutOff */
  take(): void {
    if (this.#left <= 0) {
      this.#onCut();
      throw new CutOff();
    }
    this.#left--;
  }
}

/** The store, with each command counted in the budget. */
export function limitedStore(store: StateStore, budget: CallBudget): StateStore {
  const redis = new Proxy(store.redis, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        if (name !== "defineCommand") budget.take();
        return value.apply(target, args);
      };
    },
  });
  return { ...store, redis };
}

/**
 * The queues, with each call counted in the budget. Part of a page of jobs is added if the call is
 * cut off.
 */
export class LimitedQueues extends PoolQueues {
  readonly #budget: CallBudget;

  constructor(store: StateStore, budget: CallBudget) {
    super(store, "model");
    this.#budget = budget;
  }

  override async add(...[pool, jobs, priority]: Parameters<PoolQueues["add"]>): Promise<void> {
    try {
      this.#budget.take();
    } catch (error) {
      await super.add(pool, jobs.slice(0, Math.floor(jobs.length / 2)), priority);
      throw error;
    }
    await super.add(pool, jobs, priority);
  }

  override jobsOf(...args: Parameters<PoolQueues["jobsOf"]>): ReturnType<PoolQueues["jobsOf"]> {
    this.#budget.take();
    return super.jobsOf(...args);
  }

  override existing(
    ...args: Parameters<PoolQueues["existing"]>
  ): ReturnType<PoolQueues["existing"]> {
    this.#budget.take();
    return super.existing(...args);
  }

  override remove(...args: Parameters<PoolQueues["remove"]>): Promise<void> {
    this.#budget.take();
    return super.remove(...args);
  }
}
