import { z } from "zod";
import type { LaneOrdinals } from "../keys/assetOrdinals.ts";
import { bitmapOfOrdinals, chunksOf } from "../keys/bitmap.ts";
import { defineScript } from "../redis/script.ts";
import { whileUnsealed } from "./sealLedger.ts";
import type { StateStore } from "../store/stateStore.ts";

const script = defineScript(
  "reopen_partitions",
  z.union([z.tuple([z.literal("reopened"), z.int()]), z.tuple([z.literal("sealed")])]),
);

/**
 * Takes back one outcome of some partitions in a backfill, so that they run again. Leaves alone
 * those with another outcome or none.
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
  let reopened = 0;
  for (const { lane, ordinals } of lanes) {
    for (const chunk of chunksOf(ordinals)) {
      const mask = bitmapOfOrdinals(chunk, ordinals);
      reopened += await reopenChunk(store, asset, backfillId, outcome, { lane, chunk, mask });
    }
  }
  return reopened;
}

/**
 * Makes a ledger refuse skips that were computed before this call, because partitions of another
 * asset have been reopened since.
 */
export async function refuseEarlierSkips(
  store: StateStore,
  asset: string,
  backfillId: string,
): Promise<void> {
  await reopenChunk(store, asset, backfillId, "skipped", { lane: "", chunk: 0, mask: "" });
}

async function reopenChunk(
  store: StateStore,
  asset: string,
  backfillId: string,
  outcome: "failed" | "skipped" | "canceled",
  {
    lane,
    chunk,
    mask,
  }: { readonly lane: string; readonly chunk: number; readonly mask: Buffer | "" },
): Promise<number> {
  const { keys } = store;
  const [, count] = await whileUnsealed(store, asset, backfillId, () =>
    script(
      store.redis,
      [
        keys.ledger(asset, backfillId),
        keys.ledgerPlane(asset, backfillId, lane, "settled", chunk),
        keys.ledgerPlane(asset, backfillId, lane, outcome, chunk),
        keys.scratch(asset, backfillId),
        keys.ledgerPlane(asset, backfillId, lane, "dropped", chunk),
      ],
      [mask, outcome],
    ),
  );
  return count;
}
