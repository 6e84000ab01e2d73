import type { OverlapPolicy } from "@infill/core";
import { InfillError, type PartitionsSubset, countSubset } from "@infill/partitions";
import type { Redis } from "ioredis";
import { z } from "zod";
import type { LaneOrdinals } from "../keys/assetOrdinals.ts";
import type { PartitionAddress } from "../keys/partitionAddress.ts";
import { bitmapOfOrdinals, chunksOf } from "../keys/bitmap.ts";
import { inGroups } from "../redis/inGroups.ts";
import { groupByChunk } from "../keys/groupByChunk.ts";
import { chunkOrdinals, type LedgerPlane } from "../keys/keys.ts";
import type { RegisteredAsset } from "../assets/registeredAssets.ts";
import { defineScript } from "../redis/script.ts";
import { refuseWrongType } from "../redis/unreadableBackfill.ts";
import { packSelected } from "../keys/selectedRows.ts";
import { type LedgerControl, ledgerControlSchema } from "./ledgerControl.ts";
import { randomId, type StateStore } from "../store/stateStore.ts";

/** Redis lost the asset's state while a process was using it. */
export class AssetUnregisteredError extends InfillError {
  readonly code = "INFILL_ASSET_UNREGISTERED";
  readonly asset: string;

  constructor(asset: string) {
    super(
      `Redis lost or replaced the data of asset "${asset}" since this process started. Restart this process.`,
    );
    this.asset = asset;
  }
}

/** The counters of one backfill's ledger of an asset. */
export interface LedgerCounters {
  /** Whether nothing of it has been reserved, claimed or settled: its bitmaps are empty. */
  readonly isUntouched: boolean;
  readonly selected: number;
  /** In the window, including those in progress. */
  readonly queued: number;
  readonly inProgress: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly skipped: number;
  /** Canceled while the backfill ran. */
  readonly canceled: number;
  /** How many calls of retries have reopened partitions. */
  readonly reopened: number;
  /** The total time of the functions that have ended, in milliseconds. */
  readonly busyMs: number;
  readonly control: LedgerControl;
}

/** Counters of a ledger that are 0 or absent until the first reservation. */
const countersOfUse = ["queued", "in_progress", "succeeded", "failed", "skipped", "canceled"];

const openScript = defineScript(
  "open_ledger",
  z.tuple([z.enum(["opened", "stands", "more", "unregistered"])]),
);

/**
 * Records a backfill's selection of one asset. A second call changes nothing; of concurrent calls,
 * one writes it.
 *
 * @returns "stands" if the ledger existed already, perhaps with another selection
 * @throws AssetUnregisteredError
 */
export async function openLedger(
  store: StateStore,
  registered: RegisteredAsset,
  backfillId: string,
  selected: PartitionsSubset,
  overlap: OverlapPolicy = "share",
): Promise<"opened" | "stands"> {
  const { keys } = store;
  const asset = registered.asset.name;
  const keyList = [
    keys.meta(asset),
    keys.assetBackfills(asset),
    keys.ledger(asset, backfillId),
    keys.selected(asset, backfillId),
    keys.staged(asset, backfillId, randomId("submitter")),
  ];
  const rows = packSelected(registered.ordinals.lanesOf(selected));
  for (let first = 0; first === 0 || first < rows.length; first += 16) {
    const isLast = first + 16 >= rows.length;
    const [word] = await openScript(store.redis, keyList, [
      registered.epoch,
      backfillId,
      isLast ? countSubset(selected) : "",
      overlap,
      first,
      ...rows.slice(first, first + 16),
    ]);
    if (word === "unregistered") throw new AssetUnregisteredError(asset);
    if (word !== "more") return word;
  }
  throw new Error("Bug: the last rows of a ledger did not open it");
}

/**
 * Reads a ledger's counters. An unreadable counter counts as 0, an unreadable control as `unknown`;
 * the doctor repairs them.
 *
 * @returns undefined if the backfill has no ledger for the asset
 * @throws UnreadableBackfillError if the ledger's key has a wrong type
 */
export async function readLedgerCounters(
  store: StateStore,
  asset: string,
  backfillId: string,
): Promise<LedgerCounters | undefined> {
  const values = await store.redis
    .hgetall(store.keys.ledger(asset, backfillId))
    .catch((error: unknown) => refuseWrongType(error, backfillId, `ledger of "${asset}"`));
  if (values["control"] === undefined) return undefined;
  const count = (name: string) => {
    const text = values[name] ?? "";
    return /^-?\d{1,15}$/.test(text) ? Number(text) : 0;
  };
  return {
    isUntouched: countersOfUse.every((name) => (values[name] ?? "0") === "0"),
    selected: count("selected"),
    queued: count("queued"),
    inProgress: count("in_progress"),
    succeeded: count("succeeded"),
    failed: count("failed"),
    skipped: count("skipped"),
    canceled: count("canceled"),
    reopened: count("reopened"),
    busyMs: count("busy_ms"),
    control: ledgerControlSchema.catch("unknown").parse(values["control"]),
  };
}

/**
 * The counters of each asset of a backfill, in the order of `assets`; undefined if there is no
 * ledger.
 *
 * @throws UnreadableBackfillError
 */
export function readCountersOfAssets(
  store: StateStore,
  assets: readonly string[],
  backfillId: string,
): Promise<(LedgerCounters | undefined)[]> {
  return inGroups(assets, (asset) => readLedgerCounters(store, asset, backfillId));
}

const reserveReply = z.union([
  z.tuple([z.literal("reserved"), z.int(), z.int(), z.int()], z.string()),
  z.tuple([z.literal("stopped"), z.string()]),
]);
const reserveScript = defineScript("reserve_partitions", reserveReply);

/** A list of partitions of one lane, by single ordinals. */
export interface LanePage {
  readonly lane: string;
  readonly ordinals: readonly number[];
}

/** `settled` and `queued`: the partition was so already. `full`: the window has no room. */
export type ReserveMark = "reserved" | "settled" | "queued" | "full";

export type Reservation =
  | {
      readonly kind: "reserved";
      readonly queued: number;
      /**
       * Partitions of the asset that have run in this backfill, and the total time of their
       * functions.
       */
      readonly settled: number;
      readonly busyMs: number;
      readonly marks: readonly (PartitionAddress & { readonly mark: ReserveMark })[];
    }
  | { readonly kind: "stopped"; readonly control: string };

const marks = { "1": "reserved", s: "settled", q: "queued", f: "full" } as const;

/**
 * Admits partitions to a backfill's window.
 *
 * @param limit the most that may be queued for this asset after the call
 * @param pages at most 4,096 ordinals in all
 * @param swift a connection that executes later commands after this call, with a callback for when
 *   it cannot; default: the store's connection, without an order
 */
export async function reservePartitions(
  store: StateStore,
  asset: string,
  backfillId: string,
  limit: number,
  pages: readonly LanePage[],
  swift?: { readonly connection: Redis; readonly onLate: () => void },
): Promise<Reservation> {
  const { keys } = store;
  const keyList = [keys.ledger(asset, backfillId)];
  const args: number[] = [limit];
  const groups: { lane: string; ordinals: number[] }[] = [];
  for (const { lane, ordinals } of pages) {
    for (const [chunk, members] of groupByChunk(ordinals)) {
      keyList.push(
        keys.ledgerPlane(asset, backfillId, lane, "queued", chunk),
        keys.ledgerPlane(asset, backfillId, lane, "settled", chunk),
      );
      args.push(members.length, ...members.map((ordinal) => ordinal - chunk * chunkOrdinals));
      groups.push({ lane, ordinals: members });
    }
  }
  const reply = await (swift === undefined
    ? reserveScript(store.redis, keyList, args)
    : reserveScript.inOrder(swift.connection, keyList, args, swift.onLate));
  if (reply[0] === "stopped") return { kind: "stopped", control: reply[1] };
  const [, queued, settled, busyMs, ...texts] = reply;
  const marked = groups.flatMap(({ lane, ordinals }, group) =>
    ordinals.map((ordinal, index) => ({
      lane,
      ordinal,
      mark: markOf(texts[group]?.charAt(index)),
    })),
  );
  return { kind: "reserved", queued, settled, busyMs, marks: marked };
}

function markOf(letter: string | undefined): ReserveMark {
  if (letter === "1" || letter === "s" || letter === "q" || letter === "f") return marks[letter];
  throw new Error(`Bug: reserve_partitions.lua marked a partition "${letter}"`);
}

const unstartedScript = defineScript(
  "settle_unstarted",
  z.union([z.tuple([z.literal("settled"), z.int()]), z.tuple([z.literal("outdated")])]),
);

/** The reason why partitions will not start. */
export type Unstartable =
  /** An upstream partition failed. */
  | ({ readonly outcome: "skipped"; readonly asset: string } & PartitionAddress)
  /** The definition no longer has them. */
  | { readonly outcome: "failed"; readonly reason: "PARTITION_GONE" };

/**
 * Settles partitions of one lane that will not start. Leaves alone those that have settled, those
 * to skip that are in the window, and those to fail that are in progress.
 *
 * @param reopened the ledger's `reopened` counter when the doomed partitions were computed;
 *   default: any
 * @returns how many this call settled, or `outdated` if the ledger was reopened since
 */
export async function settleUnstarted(
  store: StateStore,
  asset: string,
  backfillId: string,
  doomed: LaneOrdinals,
  why: Unstartable,
  reopened?: number,
): Promise<number | "outdated"> {
  const { keys } = store;
  const { lane, ordinals } = doomed;
  let settled = 0;
  for (const chunk of chunksOf(ordinals)) {
    const plane = (name: LedgerPlane) => keys.ledgerPlane(asset, backfillId, lane, name, chunk);
    const reply = await unstartedScript(
      store.redis,
      [
        keys.ledger(asset, backfillId),
        plane("settled"),
        plane(why.outcome),
        plane("queued"),
        keys.scratch(asset, backfillId),
        keys.culprits(asset, backfillId),
        keys.settlements(asset),
        keys.meta(asset),
        keys.plane(asset, lane, "in_progress", chunk),
      ],
      [
        backfillId,
        lane,
        chunk,
        bitmapOfOrdinals(chunk, ordinals),
        JSON.stringify({ ...why, dooms: { lane, chunk } }),
        why.outcome,
        reopened ?? "",
        // No worker takes a partition from the window that the definition no longer has.
        why.outcome === "failed" ? "1" : "",
      ],
    );
    if (reply[0] === "outdated") return "outdated";
    settled += reply[1];
  }
  return settled;
}

const dropScript = defineScript(
  "drop_reservations",
  z.union([z.tuple([z.literal("dropped"), z.int()]), z.tuple([z.literal("running")])]),
);

/**
 * Takes partitions without a running claim out of the window of a canceled or paused backfill.
 *
 * @param pages at most 1,000 ordinals a lane
 * @returns how many were dropped
 */
export async function dropReservations(
  store: StateStore,
  asset: string,
  backfillId: string,
  pages: readonly LanePage[],
): Promise<number> {
  const { keys } = store;
  let dropped = 0;
  for (const { lane, ordinals } of pages) {
    for (const [chunk, members] of groupByChunk(ordinals)) {
      const reply = await dropScript(
        store.redis,
        [
          keys.ledger(asset, backfillId),
          keys.claims(asset),
          keys.ledgerPlane(asset, backfillId, lane, "queued", chunk),
        ],
        [backfillId, lane, ...members],
      );
      dropped += reply[0] === "dropped" ? reply[1] : 0;
    }
  }
  return dropped;
}
