import { readDeliveries, type StateStore, type WaitingDelivery } from "@infill/state";
import type { WaitingSummary } from "./deliveryAnswers.ts";

/** Most deliveries of each status that are listed. */
const most = 1_000;

/** Summaries that a target has not accepted. */
export async function listDeliveries(store: StateStore): Promise<WaitingSummary[]> {
  return (await readDeliveries(store, most)).map(waitingSummary);
}

/** A delivery in the client's form. */
export function waitingSummary({
  deliveryId,
  backfillId,
  event,
  target,
  isParked,
  attempts,
  error,
  atMs,
}: WaitingDelivery): WaitingSummary {
  return {
    deliveryId,
    backfillId,
    event,
    ...(target === undefined ? {} : { target }),
    status: isParked ? "parked" : "waiting",
    attempts,
    error,
    at: new Date(atMs).toISOString(),
  };
}
