import { readDeliveries, type StateStore } from "@infill/state";
import type { WaitingSummary } from "./client.ts";

/** Deliveries that are listed, of those to come and of those that were given up. */
const most = 1_000;

/** Summaries that some target has not taken. */
export async function listDeliveries(store: StateStore): Promise<WaitingSummary[]> {
  const deliveries = await readDeliveries(store, most);
  return deliveries.map(({ deliveryId, backfillId, target, isParked, attempts, error, atMs }) => ({
    deliveryId,
    backfillId,
    ...(target === undefined ? {} : { target }),
    status: isParked ? ("parked" as const) : ("waiting" as const),
    attempts,
    error,
    at: new Date(atMs).toISOString(),
  }));
}
