import type { RedeliverOptions, WaitingSummary } from "../deliveries/deliveryAnswers.ts";
import { listDeliveries } from "../deliveries/listDeliveries.ts";
import { redeliver } from "../deliveries/redeliver.ts";
import type { ClientEnvironment } from "../shared/clientEnvironment.ts";

/** Summaries that are on their way to webhooks and hooks. */
export interface Deliveries {
  /** Summaries of ended backfills that some target has not taken: those to come, then those that were given up; at most 1,000 of each. */
  list(): Promise<readonly WaitingSummary[]>;
  /**
   * Sends summaries again that were given up: one by its delivery id, to each target that did not take it, or `all`. Each has
   * all its attempts again. Answers with those that it concerns, as they were; what is not parked comes by itself.
   *
   * @throws UnknownDeliveryError
   */
  redeliver(which: string, options?: RedeliverOptions): Promise<readonly WaitingSummary[]>;
}

export function deliveryResource({ store }: ClientEnvironment): Deliveries {
  return {
    list: () => listDeliveries(store),
    redeliver: (which, options = {}) => redeliver(store, which, options),
  };
}
