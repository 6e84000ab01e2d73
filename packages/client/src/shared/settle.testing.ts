import { newBackfillId } from "@infill/core";
import { requirePartition, subsetFromKeys } from "@infill/partitions";
import {
  claimPartitions,
  openLedger,
  type RegisteredAsset,
  redisTimeMs,
  reservePartitions,
  type StateStore,
  settlePartitions,
} from "@infill/state";

let claimNumber = 1;

/**
 * Settles partitions of an asset for a new backfill, by the transitions that a worker uses. Each
 * call waits for the next millisecond, so that later calls settle later.
 */
export async function settle(
  store: StateStore,
  registered: RegisteredAsset,
  keys: readonly string[],
  options: {
    readonly nowMs: number;
    readonly outcome?: "succeeded" | "failed";
    readonly durationMs?: number;
  },
): Promise<void> {
  const places = await start(store, registered, keys, options);
  const answers = await settlePartitions(
    store,
    registered,
    "s",
    places.map((place) => ({
      ...place,
      outcome: options.outcome ?? ("succeeded" as const),
      attempt: 1,
      durationMs: options.durationMs ?? 1,
      note: undefined,
    })),
  );
  if (answers.some((answer) => answer !== "settled"))
    throw new Error(`Not settled: ${answers.join()}`);
  const settledMs = await redisTimeMs(store);
  // Waits at most a millisecond.
  while ((await redisTimeMs(store)) === settledMs);
}

/**
 * Starts partitions of an asset for a new backfill and leaves them running. @returns their claims
 */
export async function start(
  store: StateStore,
  registered: RegisteredAsset,
  keys: readonly string[],
  { nowMs }: { readonly nowMs: number },
) {
  const { name, partitions } = registered.asset;
  const context = { nowMs };
  const backfillId = newBackfillId(nowMs);
  await openLedger(store, registered, backfillId, subsetFromKeys(partitions, keys, context));
  const places = keys.map((key) => ({
    backfillId,
    ...registered.ordinals.addressOf(requirePartition(partitions, key, context)),
    claimNumber: claimNumber++,
  }));
  const pages = places.map(({ lane, ordinal }) => ({ lane, ordinals: [ordinal] }));
  await reservePartitions(store, name, backfillId, 1_000, pages);
  await claimPartitions(store, registered, "s", 60_000, places);
  return places;
}
