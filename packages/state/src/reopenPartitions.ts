import { z } from "zod";
import type { LaneOrdinals } from "./assetOrdinals.ts";
import { bitmapOfOrdinals, chunksOf } from "./bitmap.ts";
import { defineScript } from "./script.ts";
import type { StateStore } from "./stateStore.ts";

const script = defineScript("reopen_partitions", z.tuple([z.literal("reopened"), z.int()]));

/**
 * Takes back the outcome of some partitions in one backfill, so that they run again. Those with another outcome, or with
 * none, are left alone.
 *
 * @returns how many were reopened
 */
export async function reopenPartitions(
  store: StateStore,
  asset: string,
  backfillId: string,
  outcome: "failed" | "skipped" | "canceled",
  lanes: readonly LaneOrdinals[],
): Promise<number> {
  const { keys } = store;
  let reopened = 0;
  for (const { lane, ordinals } of lanes) {
    for (const chunk of chunksOf(ordinals)) {
      const [, count] = await script(
        store.redis,
        [
          keys.ledger(asset, backfillId),
          keys.ledgerPlane(asset, backfillId, lane, "settled", chunk),
          keys.ledgerPlane(asset, backfillId, lane, outcome, chunk),
          keys.scratch(asset, backfillId),
        ],
        [bitmapOfOrdinals(chunk, ordinals), outcome],
      );
      reopened += count;
    }
  }
  return reopened;
}
