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

/** Backfills that one step looks at: three round trips, and a few milliseconds to unpack their headers. */
const idsPerStep = 128;
/** How far a look goes back before the end of the one before, in milliseconds: clocks of servers that take over differ. */
const overlapMs = 60_000;

/**
 * Seals the ledgers of backfills that have ended, and then packs them, those of older versions too, in small steps. What was unsealed
 * again, by a retry that came to nothing, say, is sealed when a planner starts next; so are entries of the log packed that came later, of
 * deliveries, say.
 *
 * @param since where the look before ended; undefined for all that have ended
 * @param goOn awaited between two steps; false ends the look
 * @returns where this one ended
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
        // Its own commands and the doctor name what cannot be read, and what is being reset, removed or renamed.
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
