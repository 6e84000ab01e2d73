import { InfillError } from "@infill/partitions";
import {
  isUndelivered,
  readParkedDeliveries,
  redeliverParked,
  type StateStore,
} from "@infill/state";
import type { ResolvedRedeliver } from "../schemas/deliverySchemas.ts";
import type { WaitingSummary } from "./deliveryAnswers.ts";
import { waitingSummary } from "./listDeliveries.ts";

/** No waiting or parked delivery has this id. */
export class UnknownDeliveryError extends InfillError {
  readonly code = "INFILL_DELIVERY_UNKNOWN";
  readonly deliveryId: string;

  constructor(deliveryId: string) {
    super(
      `Unknown delivery "${deliveryId.slice(0, 80)}": \`infill backfill deliveries\` lists pending and parked deliveries, as "<backfill>-<number>".`,
    );
    this.deliveryId = deliveryId;
  }
}

/** More than Redis keeps as parked. */
const most = 2_000;

/**
 * Makes parked deliveries due again with all their attempts, or lists them.
 *
 * @param which a delivery id, for each target that did not accept it, or `all`
 * @returns the deliveries as they were parked; none if the summary is still waiting anyway
 * @throws UnknownDeliveryError
 */
export async function redeliver(
  store: StateStore,
  which: string,
  { dryRun, ...by }: ResolvedRedeliver,
): Promise<WaitingSummary[]> {
  const parked = (await readParkedDeliveries(store, most)).filter(
    ({ deliveryId }) => which === "all" || deliveryId === which,
  );
  if (parked.length === 0 && which !== "all" && !(await isUndelivered(store, which)))
    throw new UnknownDeliveryError(which);
  const sent = dryRun ? parked : await redeliverParked(store, parked, by);
  return sent.map(waitingSummary);
}
