import { InfillError } from "@infill/partitions";

/** Why one attempt to deliver a summary failed; it is tried again. */
export class DeliveryError extends InfillError {
  readonly code = "INFILL_DELIVERY_FAILED";
}
