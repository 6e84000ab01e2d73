import { type AnyAsset, crashPoint } from "@infill/core";
import { z } from "zod";
import { assetOperation, beginChange, deleteKeys, endChange, giveUpNote } from "./assetChanges.ts";
import { assetKeys } from "../assets/assetKeys.ts";
import { appendBackfillLog, type LogEntry } from "../log/backfillLog.ts";
import { carryPages } from "./carryPages.ts";
import { coverAsset } from "./coverAsset.ts";
import { writeAssetFields } from "./copyAssetKeys.ts";
import { PagePlaces } from "./pagePlaces.ts";
import { defineScript } from "../redis/script.ts";
import { statePages } from "./statePages.ts";
import { formatTileLayout } from "../keys/tiles.ts";
import type { StateStore } from "../store/stateStore.ts";

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
  const { axes, layouts, fingerprint, operation } = await coverAsset(store, asset);
  const entry = { what: "asset_migrated", ...by };
  if ((await assetOperation(store, name)) !== operation)
    await beginChange(store, name, operation, bornMs, "all");
  crashPoint("after:keep");
  const stage = Number((await redis.hget(keys.meta(name), "moved")) ?? 0);
  const reach = (next: number) => writeAssetFields(store, name, operation, ["moved", String(next)]);
  if (stage < 1) {
    const places = new PagePlaces(axes, layouts);
    for await (const pages of statePages(store, name)) {
      if (!(await carryPages(store, name, operation, places, pages))) return;
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
