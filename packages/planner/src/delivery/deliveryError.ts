import { InfillError } from "@infill/partitions";

/** An attempt to deliver a summary failed; another may follow. */
export class DeliveryError extends InfillError {
  readonly code = "INFILL_DELIVERY_FAILED";
}
