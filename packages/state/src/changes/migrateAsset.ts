import { createHash } from "node:crypto";
import { type AnyAsset, crashPoint } from "@infill/core";
import {
  type CoordinateMap,
  coverDefinition,
  fingerprintOf,
  InfillError,
  isSameFingerprint,
} from "@infill/partitions";
import { z } from "zod";
import { assetOperation, beginChange, deleteKeys, endChange, giveUpNote } from "./assetChanges.ts";
import { assetKeys } from "../assets/assetKeys.ts";
import { appendBackfillLog, type LogEntry } from "../log/backfillLog.ts";
import {
  carryPartitions,
  knownPartitions,
  type LayoutChange,
  placeUnder,
} from "./carryPartitions.ts";
import { writeAssetFields } from "./copyAssetKeys.ts";
import { AssetChangingError } from "../redis/assetChangingError.ts";
import { defineScript } from "../redis/script.ts";
import { requireTileLayout } from "../assets/requireTileLayout.ts";
import { formatTileLayout, newTileLayout, type TileLayout } from "../keys/tiles.ts";
import type { StateStore } from "../store/stateStore.ts";

/** The state cannot be kept under the new definition; nothing was changed. */
export class StateNotKeptError extends InfillError {
  readonly code = "INFILL_STATE_NOT_KEPT";
  readonly asset: string;

  constructor(asset: string, problem: string) {
    super(`The state of asset "${asset}" cannot be kept: ${problem}.`);
    this.asset = asset;
  }
}

/** How many partitions keep their state when it moves to the asset's present definition. */
export interface KeptState {
  /**
   * How many of the materialized ones keep it, because the present definition has the same window
   * or key.
   */
  readonly materialized: number;
  readonly failed: number;
  /** Materialized or failed partitions that the present definition does not have. */
  readonly dropped: number;
  /** An earlier call began the move. Nothing is counted then. */
  readonly isUnderWay: boolean;
}

const installScript = defineScript(
  "install_asset_keys",
  z.tuple([z.enum(["installed", "outdated"])]),
);

/** Keys that stay in place: ordinals of static keys, numbers of backfills, audit. */
const standingKinds = new Set([
  "meta",
  "audit",
  "settlements",
  "code_versions",
  "registry",
  "asset_backfills",
  "set_aside",
]);
/** Pairs of keys that one call moves into place. */
const pairsPerCall = 100;

/**
 * The name of the operation that moves state to a definition. It holds the digest of the definition
 * and of the layout, so that a process with others does not continue it.
 */
function operationOf(fingerprint: string, layout: TileLayout | undefined): string {
  const text = `${fingerprint}${formatTileLayout(layout)}`;
  return `keep ${createHash("sha1").update(text).digest("hex").slice(0, 12)}`;
}

/** How a definition covers an asset's state. */
interface Cover {
  readonly maps: readonly CoordinateMap[];
  readonly layouts: LayoutChange;
  readonly fingerprint: string;
  readonly operation: string;
}

/**
 * @throws StateNotKeptError if nothing is registered, the definition fits already, or it has other
 *   axes
 */
async function coverOf(store: StateStore, asset: AnyAsset): Promise<Cover> {
  const { name, partitions } = asset;
  const fingerprint = fingerprintOf(partitions);
  const [recorded, under, tile] = await store.redis.hmget(
    store.keys.meta(name),
    "fingerprint",
    "operation",
    "tile",
  );
  const layouts = { from: requireTileLayout(asset, tile ?? ""), to: newTileLayout(partitions) };
  const operation = operationOf(fingerprint, layouts.to);
  if (typeof under === "string" && under !== operation) throw new AssetChangingError(name, under);
  if (typeof recorded !== "string") throw new StateNotKeptError(name, "no state of it is recorded");
  if (
    isSameFingerprint(recorded, fingerprint) &&
    isSameTiling(layouts.from, layouts.to) &&
    typeof under !== "string"
  )
    throw new StateNotKeptError(
      name,
      "its present definition already fits its state, so there is nothing to do",
    );
  const maps = coverDefinition(recorded, partitions);
  if (maps === undefined)
    throw new StateNotKeptError(
      name,
      `it is recorded as "${recorded}" and now defined as "${fingerprint}", which has other dimensions or another kind of key; ` +
        `delete the state with \`infill asset reset ${name}\`, or restore the definition`,
    );
  return { maps, layouts, fingerprint, operation };
}

/** Whether two layouts make the same lanes neighbors. */
function isSameTiling(a: TileLayout | undefined, b: TileLayout | undefined): boolean {
  return a?.axis === b?.axis && a?.width === b?.width;
}

/**
 * Counts what would be kept. Reads all records of the asset, 128 a step. @throws StateNotKeptError,
 * AssetChangingError
 */
export async function previewKept(store: StateStore, asset: AnyAsset): Promise<KeptState> {
  const { maps, layouts } = await coverOf(store, asset);
  const isUnderWay = (await assetOperation(store, asset.name)) !== undefined;
  const counts = { materialized: 0, failed: 0, dropped: 0, isUnderWay };
  if (isUnderWay) return counts;
  for await (const page of knownPartitions(store, asset.name)) {
    for (const known of page) {
      if (!known.materialized && !known.failed) continue;
      if (placeUnder(maps, layouts, known) === undefined) counts.dropped++;
      else if (known.failed) counts.failed++;
      else counts.materialized++;
    }
  }
  return counts;
}

/**
 * Moves an asset's state to its present definition. Partitions with the same window or key keep
 * status, record, error, metadata and attempts. The state of other partitions and the ledgers of
 * ended backfills are deleted. Prepares the new keys beside the old ones, deletes the old ones,
 * then moves the new ones into place; the asset is locked meanwhile. Safe to call again after an
 * interruption.
 *
 * @param bornMs reads the time of submission out of a backfill's id, epoch milliseconds
 * @throws StateNotKeptError, AssetInUseError, AssetChangingError
 */
export async function migrateAsset(
  store: StateStore,
  asset: AnyAsset,
  by: Pick<LogEntry, "actor" | "reason">,
  bornMs: (backfillId: string) => number,
): Promise<void> {
  const { redis, keys } = store;
  const { name } = asset;
  const { maps, layouts, fingerprint, operation } = await coverOf(store, asset);
  const entry = { what: "asset_migrated", ...by };
  if ((await assetOperation(store, name)) !== operation)
    await beginChange(store, name, operation, bornMs, "all");
  crashPoint("after:keep");
  const stage = Number((await redis.hget(keys.meta(name), "moved")) ?? 0);
  const reach = (next: number) => writeAssetFields(store, name, operation, ["moved", String(next)]);
  if (stage < 1) {
    for await (const page of knownPartitions(store, name)) {
      const moved = page.flatMap((known) => {
        const place = placeUnder(maps, layouts, known);
        return place === undefined ? [] : [[known, place] as const];
      });
      if (!(await carryPartitions(store, name, operation, moved))) return;
      crashPoint("after:keep_step");
    }
    if (!(await reach(1))) return;
  }
  if (stage < 2) {
    // Write this first, so that nobody takes a missing ledger for lost.
    await giveUpNote(store, name, entry);
    for await (const page of assetKeys(store, name)) {
      for (const { kind, parts } of page)
        if (kind === "ledger" && parts["backfill"] !== undefined)
          await appendBackfillLog(store, parts["backfill"], { ...entry, details: { asset: name } });
      const going = page.filter(({ kind }) => kind !== "next" && !standingKinds.has(kind ?? ""));
      if (!(await deleteKeys(store, name, operation, going))) return;
      crashPoint("after:keep_delete");
    }
    if (!(await reach(2))) return;
  }
  for await (const page of assetKeys(store, name)) {
    const names = page.filter(({ kind }) => kind === "next").map((key) => key.name);
    for (let first = 0; first < names.length; first += pairsPerCall) {
      const pairs = names
        .slice(first, first + pairsPerCall)
        .flatMap((next) => [next, next.replace(/(\{[^}]*\}:)next:/, "$1")]);
      const [word] = await installScript(redis, [keys.meta(name), ...pairs], [operation]);
      if (word === "outdated") return;
      crashPoint("after:keep_install");
    }
  }
  const fields = ["fingerprint", fingerprint, "tile", formatTileLayout(layouts.to)];
  if (!(await writeAssetFields(store, name, operation, fields))) return;
  await endChange(store, name, operation, "kept", entry);
}
