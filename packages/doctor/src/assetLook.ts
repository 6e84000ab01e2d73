import { isFinalStatus } from "@infill/core";
import {
  type AssetCensus,
  assetOperation,
  type BackfillRecord,
  countSelected,
  type Discrepancy,
  lookAtClaims,
  lookAtLedger,
  lookAtRecords,
  lookAtWaiters,
  readGivenUpAssets,
  soundSealedLedgers,
  type StateStore,
} from "@infill/state";
import { changingAsset } from "./changingAsset.ts";
import type { LookGuard } from "./looks/lookGuard.ts";

/** The discrepancies within one asset's hash slot, and how much was compared. */
export interface AssetLook {
  readonly found: readonly Discrepancy[];
  readonly notes: readonly string[];
  readonly ledgers: number;
  readonly partitions: number;
}

/** Compares the claims, ledgers, records and waiters of one asset. */
export async function lookAtAsset(
  store: StateStore,
  guard: LookGuard,
  asset: string,
  there: AssetCensus,
  records: ReadonlyMap<string, BackfillRecord>,
): Promise<AssetLook> {
  const operation = await assetOperation(store, asset);
  if (operation !== undefined) {
    const found = [changingAsset(store, asset, operation)];
    return { found, notes: [], ledgers: 0, partitions: 0 };
  }
  const lookAtAll = () => lookAtClaims(store, asset, there);
  const claims = await guard.look(`claims of "${asset}"`, lookAtAll, { found: [], notes: [] });
  const ledgers = await lookAtLedgers(store, guard, asset, there, records);
  const lookAtAllRecords = async () =>
    lookAtRecords(store, asset, there, await ledgerNumbers(store, asset, records));
  const ofRecords = await guard.look(`records of "${asset}"`, lookAtAllRecords, []);
  const lookAtLine = () => lookAtWaiters(store, asset);
  const ofWaiters = await guard.look(`waiters of "${asset}"`, lookAtLine, []);
  return {
    ...ledgers,
    found: [...claims.found, ...ledgers.found, ...ofRecords, ...ofWaiters],
    notes: [...claims.notes, ...ledgers.notes],
  };
}

async function lookAtLedgers(
  store: StateStore,
  guard: LookGuard,
  asset: string,
  there: AssetCensus,
  records: ReadonlyMap<string, BackfillRecord>,
): Promise<AssetLook> {
  const found: Discrepancy[] = [];
  const notes: string[] = [];
  let ledgers = 0;
  let partitions = 0;
  const bare = [...there.ledgers].flatMap(([id, { size }]) => (size === 0 ? [id] : []));
  const sound = await soundSealedLedgers(store, asset, bare);
  for (const [backfillId, places] of there.ledgers) {
    // A ledger without a header is still being submitted, or another check reports it as an orphan.
    if (!records.has(backfillId)) continue;
    ledgers++;
    const agreed = sound.get(backfillId);
    if (agreed !== undefined) {
      partitions += agreed;
      continue;
    }
    const lookAtOne = () => lookAtLedger(store, { asset, backfillId, places });
    const what = `the ledger of ${backfillId} for "${asset}"`;
    const ledger = await guard.look(what, lookAtOne, undefined);
    if (ledger === undefined) continue;
    found.push(...ledger.found);
    notes.push(...ledger.notes);
    partitions += countSelected(ledger.selected);
  }
  return { found, notes, ledgers, partitions };
}

/** The backfills that an asset's records may name, by number. */
async function ledgerNumbers(
  store: StateStore,
  asset: string,
  records: ReadonlyMap<string, BackfillRecord>,
): Promise<Map<number, string>> {
  const numbers = new Map<number, string>();
  const all = await store.redis.hgetall(store.keys.assetBackfills(asset));
  const givenUpMs = (await readGivenUpAssets(store)).get(asset) ?? 0;
  for (const [number, id] of Object.entries(all)) {
    const record = records.get(id);
    if (record?.header.assets.includes(asset) !== true) continue;
    // The asset's state was deleted or moved since, with the ledger; its records were kept.
    if (isFinalStatus(record.status) && givenUpMs > record.createdMs) continue;
    numbers.set(Number(number), id);
  }
  return numbers;
}
