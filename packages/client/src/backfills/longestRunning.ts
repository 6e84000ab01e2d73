import {
  type BackfillRecord,
  type ClaimEntry,
  type PartitionAddress,
  type RegisteredAsset,
  runningClaims,
  type StateStore,
} from "@infill/state";
import { type LedgerCounts, planContext } from "@infill/planning";
import type { RunningPartition } from "../partitions/partitionAnswers.ts";
import { attemptOf } from "../partitions/partitionDetails.ts";

/** Most running partitions that are listed of a backfill. */
const shownRunning = 10;
/** Most assets whose claims are read. */
const lookedAt = 20;

interface Found {
  readonly registered: RegisteredAsset;
  readonly address: PartitionAddress;
  readonly claim: ClaimEntry;
}

/**
 * The partitions of a backfill that have been running longest. Reads the claims of at most twenty
 * assets: as many as there are worker slots, plus those that wait for their next attempt.
 *
 * @param byAsset the backfill's counts; an asset without partitions in progress is not read
 */
export async function longestRunning(
  store: StateStore,
  registered: ReadonlyMap<string, RegisteredAsset>,
  record: BackfillRecord,
  byAsset: readonly { readonly asset: string; readonly counts: LedgerCounts }[],
): Promise<RunningPartition[]> {
  const busy = byAsset.filter(({ counts }) => counts.inProgress > 0).slice(0, lookedAt);
  if (busy.length === 0) return [];
  let found: Found[] = [];
  for (const { asset } of busy) {
    const known = registered.get(asset);
    if (known === undefined) continue;
    for await (const { address, claim } of runningClaims(store, asset))
      if (claim.backfillId === record.id) found.push({ registered: known, address, claim });
    // Claims that have not started are sorted last.
    const since = ({ claim: { startedMs } }: Found) => (startedMs === 0 ? Infinity : startedMs);
    found = found.sort((a, b) => since(a) - since(b)).slice(0, shownRunning);
  }
  const context = await planContext(store, registered, record.header);
  return found.flatMap(({ registered: { asset, ordinals }, address, claim }) => {
    const key = ordinals.keyAt(address, context);
    return key === undefined ? [] : [{ asset: asset.name, key, ...attemptOf(claim) }];
  });
}
