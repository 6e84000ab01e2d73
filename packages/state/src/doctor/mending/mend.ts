import { backfillStatuses, isFinalStatus, type OverlapPolicy } from "@infill/core";
import type { IntegerSet } from "@infill/partitions";
import { z } from "zod";
import type { LaneOrdinals } from "../../keys/assetOrdinals.ts";
import { bitmapOfOrdinals } from "../../keys/bitmap.ts";
import { ledgerPlanes as allPlanes, chunkOrdinals, pageRecords } from "../../keys/keys.ts";
import { groupByChunk } from "../../keys/groupByChunk.ts";
import { queueLists, queueSets } from "../../keys/queueKeys.ts";
import { relistBackfills } from "../../backfills/backfillLists.ts";
import { defineScript } from "../../redis/script.ts";
import { storedBytes } from "../../redis/storedBytes.ts";
import { packSelected } from "../../keys/selectedRows.ts";
import { whileUnsealed } from "../../ledger/sealLedger.ts";
import type { StateStore } from "../../store/stateStore.ts";
import type { Place } from "../../keys/place.ts";

/**
 * The planes of a ledger that have counters, in the order in which `mend_chunk.lua` takes them,
 * before `dropped`.
 */
export const ledgerPlanes = ["queued", "settled", "failed", "skipped", "canceled"] as const;

const mended = z.tuple([z.literal("mended"), z.int()]);

/** Deletes a transition's scratch bitmap, which is only used during the transition. */
export async function removeScratch(store: StateStore, key: string): Promise<void> {
  await store.redis.unlink(key);
}

const chunkScript = defineScript("mend_chunk", z.union([mended, z.tuple([z.literal("sealed")])]));

/** Repairs the planes of one chunk of a ledger. @returns how many bits changed */
export async function mendChunk(
  store: StateStore,
  asset: string,
  backfillId: string,
  { lane, chunk }: Place,
  selected: IntegerSet,
): Promise<number> {
  const { keys } = store;
  const planes = [...ledgerPlanes, "dropped" as const].map((plane) =>
    keys.ledgerPlane(asset, backfillId, lane, plane, chunk),
  );
  const [, count] = await whileUnsealed(store, asset, backfillId, () =>
    chunkScript(
      store.redis,
      [keys.ledger(asset, backfillId), keys.scratch(asset, backfillId), ...planes],
      [bitmapOfOrdinals(chunk, selected)],
    ),
  );
  return count;
}

const claimsScript = defineScript("mend_claims", mended);

/** Makes claims, in-progress bits and sessions agree. @param fields `lane:ordinal`. @returns how many changed */
export async function mendClaims(
  store: StateStore,
  asset: string,
  fields: readonly string[],
): Promise<number> {
  const { keys } = store;
  const keyList = [
    keys.sessions(asset),
    keys.claims(asset),
    keys.settlements(asset),
    keys.meta(asset),
  ];
  let total = 0;
  for (let first = 0; first < fields.length; first += 512) {
    const page = fields.slice(first, first + 512);
    const [, count] = await claimsScript(store.redis, keyList, [keys.root(asset), ...page]);
    total += count;
  }
  return total;
}

const recordsScript = defineScript("mend_records", mended);

/**
 * Restores bits of the planes from a page of records. @returns how many records were ahead of the
 * planes
 */
export async function mendRecords(
  store: StateStore,
  asset: string,
  lane: string,
  page: number,
): Promise<number> {
  const { keys } = store;
  const chunk = Math.floor((page * pageRecords) / chunkOrdinals);
  const [, count] = await recordsScript(
    store.redis,
    [
      keys.records(asset, lane, page),
      keys.plane(asset, lane, "materialized", chunk),
      keys.plane(asset, lane, "failed", chunk),
      keys.claims(asset),
      keys.assetBackfills(asset),
    ],
    [keys.root(asset), lane, page],
  );
  return count;
}

const countersScript = defineScript("mend_counters", mended);

/** A counter of a ledger, with its value and the count of its bits or claims. */
export interface CounterDifference {
  readonly field: string;
  /** As Redis has it; "" if absent. */
  readonly was: string;
  readonly right: number;
}

/** Sets counters that have not changed since their bits were counted. @returns how many */
export async function mendCounters(
  store: StateStore,
  asset: string,
  backfillId: string,
  differences: readonly CounterDifference[],
): Promise<number> {
  return mendNumbers(store, store.keys.ledger(asset, backfillId), differences);
}

/** Sets fields of a hash that have not changed since they were read. @returns how many */
export async function mendNumbers(
  store: StateStore,
  key: string,
  differences: readonly CounterDifference[],
): Promise<number> {
  const known = differences.map(({ field, was }) => [field, was] as const);
  const bytes = await storedBytes(store.redis, key, known);
  const args = differences.flatMap(({ field, was, right }, at) => [field, bytes[at] ?? was, right]);
  const [, count] = await countersScript(store.redis, [key], args);
  return count;
}

const waitersScript = defineScript("mend_waiters", mended);

/** Removes waiters that no settlement will serve. @param fields `lane:ordinal` */
export async function mendWaiters(
  store: StateStore,
  asset: string,
  fields: readonly string[],
): Promise<number> {
  const { keys } = store;
  let total = 0;
  for (let first = 0; first < fields.length; first += 512) {
    const [, count] = await waitersScript(
      store.redis,
      [keys.waiters(asset), keys.claims(asset)],
      fields.slice(first, first + 512),
    );
    total += count;
  }
  return total;
}

const ledgerScript = defineScript("mend_ledger", z.tuple([z.enum(["mended", "more"])]));

/** Restored rows get numbers after those of the submission. */
const firstRecoveredRow = 1_000_000;

/**
 * Restores the missing hash, number or fields of a ledger.
 *
 * @param selected its whole selection, to be written again with the count; default: the rows are
 *   complete and hold `count`
 */
export async function mendLedger(
  store: StateStore,
  asset: string,
  backfillId: string,
  right: {
    readonly number: string;
    readonly control: string;
    readonly overlap: OverlapPolicy;
    readonly count: number;
    readonly selected?: readonly LaneOrdinals[];
  },
): Promise<void> {
  const { keys } = store;
  const keyList = [
    keys.meta(asset),
    keys.assetBackfills(asset),
    keys.ledger(asset, backfillId),
    keys.selected(asset, backfillId),
  ];
  const rows = packSelected(right.selected ?? []);
  for (let first = 0; first === 0 || first < rows.length; first += 16) {
    const isLast = first + 16 >= rows.length;
    await ledgerScript(store.redis, keyList, [
      backfillId,
      right.number,
      right.control,
      isLast ? right.count : "",
      right.overlap,
      firstRecoveredRow + first,
      ...rows.slice(first, first + 16),
    ]);
  }
}

const returnScript = defineScript("mend_reservations", z.tuple([z.literal("returned"), z.int()]));

/** Takes partitions whose jobs are lost out of a backfill's window. @returns how many */
export async function mendReservations(
  store: StateStore,
  asset: string,
  backfillId: string,
  lane: string,
  ordinals: readonly number[],
): Promise<number> {
  const { keys } = store;
  let returned = 0;
  for (const [chunk, members] of groupByChunk(ordinals)) {
    for (let first = 0; first < members.length; first += 1_000) {
      const [, count] = await returnScript(
        store.redis,
        [
          keys.ledger(asset, backfillId),
          keys.claims(asset),
          keys.ledgerPlane(asset, backfillId, lane, "queued", chunk),
        ],
        [lane, ...members.slice(first, first + 1_000)],
      );
      returned += count;
    }
  }
  return returned;
}

const backfillScript = defineScript("mend_backfill", mended);

/**
 * Repairs the lists of backfills by a header, and deletes a lease without an expiry. @returns how
 * many things changed
 */
export async function mendBackfill(store: StateStore, backfillId: string): Promise<number> {
  const { keys } = store;
  const [, count] = await backfillScript(
    store.redis,
    [
      keys.backfill(backfillId),
      keys.backfillIndex,
      keys.activeBackfills,
      keys.backfillLease(backfillId),
    ],
    [backfillId, ...backfillStatuses.filter(isFinalStatus)],
  );
  await relistBackfills(store, [backfillId]);
  return count;
}

const removeScript = defineScript(
  "remove_ledger",
  z.union([z.tuple([z.literal("removed"), z.int()]), z.tuple([z.literal("running")])]),
);

/** Removes a ledger whose submission never finished. @param places the chunks of its planes */
export async function removeLedger(
  store: StateStore,
  asset: string,
  backfillId: string,
  places: Iterable<Place>,
): Promise<void> {
  const { keys } = store;
  const ledger = keys.ledger(asset, backfillId);
  const planes = Array.from(places, ({ lane, chunk }) =>
    allPlanes.map((plane) => keys.ledgerPlane(asset, backfillId, lane, plane, chunk)),
  ).flat();
  const all = [
    ...planes,
    keys.selected(asset, backfillId),
    keys.culprits(asset, backfillId),
    ledger,
  ];
  for (let first = 0; first < all.length; first += 1_000) {
    const [word] = await removeScript(
      store.redis,
      [ledger, ...all.slice(first, first + 1_000)],
      [],
    );
    if (word === "running") return;
  }
}

const jobScript = defineScript("mend_job", mended);

/** Removes the remains of a job that can no longer run. @returns how many things were removed */
export async function mendJob(store: StateStore, pool: string, job: string): Promise<number> {
  const queue = `${store.keys.poolPrefix(pool)}:${pool}`;
  const [, count] = await jobScript(
    store.redis,
    [
      `${queue}:${job}`,
      `${queue}:${job}:lock`,
      ...[...queueLists, ...queueSets].map((list) => `${queue}:${list}`),
    ],
    [job],
  );
  return count;
}
