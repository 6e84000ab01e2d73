import { isEmptySubset, unionSubsets } from "@infill/partitions";
import { planContext } from "@infill/planning";
import {
  type BackfillRecord,
  readBackfill,
  readLedgerPlane,
  readSelected,
  type StateStore,
} from "@infill/state";
import type { RetryCounts } from "../shared/retryCounts.ts";
import type { RetryOptions } from "../schemas/backfillSchemas.ts";
import { type AssetSpan, spanOf } from "../shared/keySpan.ts";
import { type LedgerLanes, noLanes, subtractLanes } from "./ledgerLanes.ts";
import { planRetry, type Reopening, skippedToRetry } from "./planRetry.ts";
import type { RetryEnvironment } from "./retryEnvironment.ts";

/** How many partitions a retry would run again. @throws InvalidOptionsError, UnknownFailureGroupError */
export async function previewRetry(
  environment: RetryEnvironment,
  id: string,
  options: RetryOptions,
): Promise<RetryCounts> {
  const record = await readBackfill(environment.store, id);
  const reopening = await planRetry(environment, record, options);
  return { ...reopening.counts, sets: await setsToRetry(environment, record, reopening) };
}

/** The partitions that a retry would run again. */
async function setsToRetry(
  environment: RetryEnvironment,
  record: BackfillRecord,
  { choice, failed, canceled, counts }: Reopening,
): Promise<AssetSpan[]> {
  if (counts.toRetry === 0) return [];
  const { store, registered } = environment;
  const context = await planContext(store, registered, record.header);
  const skipped = await skippedToRetry(environment, record, choice);
  // Partitions that a canceled backfill left unsettled count as canceled.
  const leftOpen =
    record.status === "canceled" && counts.canceled > 0
      ? await unsettledOf(store, record)
      : noLanes();
  return record.header.assets.flatMap((asset) => {
    const known = registered.get(asset);
    if (known === undefined) return [];
    const subset = [failed, skipped, canceled, leftOpen]
      .map((lanes) => known.ordinals.subsetOf(lanes.get(asset) ?? []))
      .reduce(unionSubsets);
    return isEmptySubset(subset) ? [] : [{ asset, ...spanOf(subset, context) }];
  });
}

async function unsettledOf(store: StateStore, record: BackfillRecord): Promise<LedgerLanes> {
  const selected = noLanes();
  const settled = noLanes();
  for (const asset of record.header.assets) {
    const lanes = await readSelected(store, asset, record.id);
    selected.set(asset, [...lanes]);
    settled.set(asset, await readLedgerPlane(store, asset, record.id, "settled", lanes));
  }
  return subtractLanes(selected, settled);
}
