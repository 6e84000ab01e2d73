import { readDeliveries, type StateStore, type WaitingDelivery } from "@infill/state";
import type { WaitingSummary } from "./deliveryAnswers.ts";

/** Deliveries that are listed, of those to come and of those that were given up. */
const most = 1_000;

/** Summaries that some target has not taken. */
export async function listDeliveries(store: StateStore): Promise<WaitingSummary[]> {
  return (await readDeliveries(store, most)).map(waitingSummary);
}

/** A delivery as the client tells of it. */
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
