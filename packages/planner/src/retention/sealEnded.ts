import {
  AssetChangingError,
  assetsOfBackfills,
  type EndedBackfill,
  packBackfill,
  readEnded,
  sealLedger,
  type StateStore,
  unpackedBackfills,
  unsealedLedgers,
  UnreadableBackfillError,
} from "@infill/state";

/** Backfills of one step: three round trips, and a few milliseconds to unpack their headers. */
const idsPerStep = 128;
/**
 * How far a round overlaps the one before, in milliseconds: the clocks of servers that take over
 * differ.
 */
const overlapMs = 60_000;

/**
 * Seals the ledgers of ended backfills and then packs the backfills, including those of older
 * versions, in small steps. A ledger that is unsealed later without effect is sealed after the next
 * start of a planner. The same goes for packing later log entries, such as those of deliveries.
 *
 * @param since where the round before ended; undefined for all ended backfills
 * @param goOn awaited between two steps; false ends the round
 * @returns where this round ended
 */
export async function sealEnded(
  store: StateStore,
  since: EndedBackfill | undefined,
  goOn: () => Promise<boolean>,
): Promise<EndedBackfill | undefined> {
  let last = since;
  let after =
    since === undefined ? undefined : { id: "", finishedMs: since.finishedMs - overlapMs };
  for (;;) {
    const page = await readEnded(store, after, idsPerStep);
    const ids = page.map(({ id }) => id);
    const ledgers = await assetsOfBackfills(store, ids);
    for (const { asset, backfillId } of await unsealedLedgers(store, ledgers)) {
      if (!(await goOn())) return last;
      try {
        await sealLedger(store, asset, backfillId);
      } catch (error) {
        // Commands on the backfill and the doctor report an unreadable one, and one of an asset
        // that is being changed.
        if (!(error instanceof UnreadableBackfillError || error instanceof AssetChangingError))
          throw error;
      }
    }
    for (const id of await unpackedBackfills(store, ids)) {
      if (!(await goOn())) return last;
      await packBackfill(store, id);
    }
    after = page.at(-1);
    if (after === undefined) return last;
    last = after;
    if (page.length < idsPerStep || !(await goOn())) return last;
  }
}
