import {
  AssetChangingError,
  assetsOfBackfills,
  type EndedBackfill,
  readEnded,
  sealLedger,
  type StateStore,
  unsealedLedgers,
  UnreadableBackfillError,
} from "@infill/state";

/** Backfills that one step looks at: two round trips where all of them are sealed. */
const idsPerStep = 256;
/** How far a look goes back before the end of the one before, in milliseconds: clocks of servers that take over differ. */
const overlapMs = 60_000;

/**
 * Seals the ledgers of backfills that have ended, those of older versions too, in small steps. What was unsealed again, by a retry
 * that came to nothing, say, is sealed when a planner starts next.
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
    const ledgers = await assetsOfBackfills(
      store,
      page.map(({ id }) => id),
    );
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
    after = page.at(-1);
    if (after === undefined) return last;
    last = after;
    if (page.length < idsPerStep || !(await goOn())) return last;
  }
}
