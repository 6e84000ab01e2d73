import type { BackfillStatus } from "@infill/core";
import { z } from "zod";

/**
 * A ledger's control, which transitions obey. Only `running` permits reservations and claims. Under
 * `paused`, running partitions may end; under `stopping` and `canceling` they are aborted.
 * `unknown`: there is no such ledger.
 */
export const ledgerControlSchema = z.enum([
  "running",
  "paused",
  "stopping",
  "canceling",
  "unknown",
]);
export type LedgerControl = z.output<typeof ledgerControlSchema>;

/**
 * The control that follows from a backfill's status. A final status gives `running`: nothing is
 * left to start.
 */
export function controlOfStatus(
  status: BackfillStatus,
  pauseMode: "drain" | "stop" | undefined,
): "running" | "paused" | "stopping" | "canceling" {
  if (status === "paused") return pauseMode === "stop" ? "stopping" : "paused";
  return status === "canceling" || status === "canceled" ? "canceling" : "running";
}
