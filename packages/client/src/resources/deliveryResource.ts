import { parseOptions } from "@infill/core";
import type { WaitingSummary } from "../deliveries/deliveryAnswers.ts";
import { listDeliveries } from "../deliveries/listDeliveries.ts";
import { redeliver } from "../deliveries/redeliver.ts";
import { deliveryInputs, type RedeliverOptions } from "../schemas/deliverySchemas.ts";
import type { ClientEnvironment } from "../shared/clientEnvironment.ts";

/**
 * Deliveries of summaries to webhooks and hooks.
 *
 * Each method throws InvalidOptionsError for input that `deliveryInputs` refuses.
 */
export interface Deliveries {
  /**
   * Summaries that a target has not accepted: those that are due, then parked ones; at most 1,000
   * of each.
   */
  list(): Promise<readonly WaitingSummary[]>;
  /**
   * Makes parked summaries due again with all their attempts: one by its delivery id, to each
   * target that did not accept it, or `all`. Returns these deliveries as they were parked; a
   * delivery that is not parked is due anyway.
   *
   * @throws UnknownDeliveryError
   */
  redeliver(which: string, options?: RedeliverOptions): Promise<readonly WaitingSummary[]>;
}

export function deliveryResource({ store }: ClientEnvironment): Deliveries {
  return {
    list: () => listDeliveries(store),
    redeliver: async (which, options = {}) =>
      redeliver(
        store,
        parseOptions(deliveryInputs.which, which, "delivery id"),
        parseOptions(deliveryInputs.redeliver, options, "redelivery"),
      ),
  };
}
