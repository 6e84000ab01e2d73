import type { BackfillStatus } from "@infill/core";
import { z } from "zod";

/**
 * What transitions obey: under all but `running` nothing is reserved or claimed; under `paused` what runs may end, under
 * `stopping` and `canceling` it is aborted. `unknown`: there is no such ledger.
 */
export const ledgerControlSchema = z.enum([
  "running",
  "paused",
  "stopping",
  "canceling",
  "unknown",
]);
export type LedgerControl = z.output<typeof ledgerControlSchema>;

/** The control that follows from a backfill's status. A final one leaves its ledgers open: nothing is left to start. */
export function controlOfStatus(
  status: BackfillStatus,
  pauseMode: "drain" | "stop" | undefined,
): "running" | "paused" | "stopping" | "canceling" {
  if (status === "paused") return pauseMode === "stop" ? "stopping" : "paused";
  return status === "canceling" || status === "canceled" ? "canceling" : "running";
}
