import { type Logger, messageOf } from "@infill/core";
import type { Release } from "@infill/state";
import type { PartitionPermits } from "../claim/partitionPermits.ts";

/**
 * Releases the permits of a function that outlives its claim when it returns.
 *
 * @param returned resolves then
 */
export function releaseLater(
  returned: Promise<void>,
  { session, log }: { readonly session: string; readonly log: Logger },
  permits: PartitionPermits,
  claim: Omit<Release, "how"> & { readonly asset: string; readonly partition: string },
): void {
  const { asset, partition, backfillId: backfill } = claim;
  const sinceMs = performance.now();
  returned
    .then(() => permits.release({ ...claim, session }))
    .then(() => {
      const afterMs = Math.round(performance.now() - sinceMs);
      log.info("a function that ran on after its claim ended has returned", {
        ...{ asset, partition, backfill, afterMs },
      });
    })
    .catch((error: unknown) => {
      // The worker has closed and removed its entry, so a review frees the permits.
      log.info("freeing the permits of a function failed", { error: messageOf(error) });
    });
}
