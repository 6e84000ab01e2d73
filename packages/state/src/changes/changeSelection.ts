import {
  countSubset,
  InfillError,
  isEmptySubset,
  type PartitionsSubset,
  subtractSubsets,
} from "@infill/partitions";
import { z } from "zod";
import { bitmapOfOrdinals, chunksOf } from "../keys/bitmap.ts";
import type { LedgerPlane } from "../keys/keys.ts";
import { readSelected } from "../ledger/readLedger.ts";
import type { RegisteredAsset } from "../assets/registeredAssets.ts";
import { defineScript } from "../redis/script.ts";
import { packSelected } from "../keys/selectedRows.ts";
import { unsealLedger, whileUnsealed } from "../ledger/sealLedger.ts";
import type { StateStore } from "../store/stateStore.ts";

/** The partitions are too scattered to be added to a running backfill in one call. */
export class SelectionTooScatteredError extends InfillError {
  readonly code = "INFILL_SELECTION_TOO_SCATTERED";
  readonly asset: string;
  readonly rows: number;

  constructor(asset: string, rows: number) {
    super(
      `The partitions to add of asset "${asset}" are too scattered: they take ${rows} rows; expected at most ${mostRows}. Add them in several calls, or submit another backfill.`,
    );
    this.asset = asset;
    this.rows = rows;
  }
}

const mostRows = 64;

const cancelScript = defineScript(
  "cancel_partitions",
  z.tuple([z.literal("canceled"), z.int(), z.int()]),
);

/**
 * Cancels partitions of one asset in a running backfill. Partitions that have settled or run are
 * left alone.
 *
 * @param partitions must be selected by the backfill
 * @param by `hand`: a user dropped them, and a retry leaves them out too; `cancel`: the whole
 *   backfill is canceled
 * @returns how many were canceled, and how many run
 */
export async function cancelPartitions(
  store: StateStore,
  { asset: { name }, ordinals }: RegisteredAsset,
  backfillId: string,
  partitions: PartitionsSubset,
  by: "hand" | "cancel",
): Promise<{ readonly canceled: number; readonly running: number }> {
  const { keys } = store;
  const total = { canceled: 0, running: 0 };
  for (const { lane, ordinals: members } of ordinals.lanesOf(partitions)) {
    for (const chunk of chunksOf(members)) {
      const plane = (which: LedgerPlane) => keys.ledgerPlane(name, backfillId, lane, which, chunk);
      const [, canceled, running] = await cancelScript(
        store.redis,
        [
          keys.ledger(name, backfillId),
          plane("settled"),
          plane("canceled"),
          plane("queued"),
          keys.scratch(name, backfillId),
          keys.claims(name),
          keys.settlements(name),
          keys.meta(name),
          plane("dropped"),
        ],
        [backfillId, lane, chunk, bitmapOfOrdinals(chunk, members), by === "hand" ? "1" : ""],
      );
      total.canceled += canceled;
      total.running += running;
    }
  }
  return total;
}

const restoreScript = defineScript(
  "restore_partitions",
  z.union([z.tuple([z.literal("restored"), z.int()]), z.tuple([z.literal("sealed")])]),
);
const extendScript = defineScript(
  "extend_ledger",
  z.tuple([z.enum(["extended", "outdated", "unknown", "sealed"])]),
);

/**
 * Adds partitions of one asset to a running backfill, and restores those that were dropped from it.
 * Leaves those that it already has alone.
 *
 * @returns how many were added; 0 if the backfill has no ledger for the asset
 * @throws SelectionTooScatteredError; nothing has been added then
 */
export async function addPartitions(
  store: StateStore,
  { asset: { name }, ordinals }: RegisteredAsset,
  backfillId: string,
  partitions: PartitionsSubset,
): Promise<number> {
  const { keys } = store;
  let added = 0;
  for (;;) {
    const known = await store.redis.hlen(keys.selected(name, backfillId));
    const selected = ordinals.subsetOf(await readSelected(store, name, backfillId));
    const fresh = subtractSubsets(partitions, selected);
    if (isEmptySubset(fresh)) break;
    const rows = packSelected(ordinals.lanesOf(fresh));
    if (rows.length > mostRows) throw new SelectionTooScatteredError(name, rows.length);
    const [word] = await extendScript(
      store.redis,
      [
        keys.ledger(name, backfillId),
        keys.selected(name, backfillId),
        keys.settlements(name),
        keys.meta(name),
      ],
      [backfillId, known, countSubset(fresh), ...rows],
    );
    if (word === "unknown") return 0;
    if (word === "sealed") await unsealLedger(store, name, backfillId);
    if (word === "outdated" || word === "sealed") continue;
    added = countSubset(fresh);
    break;
  }
  for (const { lane, ordinals: members } of ordinals.lanesOf(partitions)) {
    for (const chunk of chunksOf(members)) {
      const plane = (which: LedgerPlane) => keys.ledgerPlane(name, backfillId, lane, which, chunk);
      const [, restored] = await whileUnsealed(store, name, backfillId, () =>
        restoreScript(
          store.redis,
          [
            keys.ledger(name, backfillId),
            plane("settled"),
            plane("canceled"),
            keys.scratch(name, backfillId),
            keys.settlements(name),
            keys.meta(name),
            plane("dropped"),
          ],
          [backfillId, lane, chunk, bitmapOfOrdinals(chunk, members)],
        ),
      );
      added += restored;
    }
  }
  return added;
}
