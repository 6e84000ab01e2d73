import { createHash } from "node:crypto";
import type { AnyAsset } from "@infill/core";
import {
  type AxisCover,
  coverDefinition,
  fingerprintOf,
  InfillError,
  isSameFingerprint,
} from "@infill/partitions";
import { requireTileLayout } from "../assets/requireTileLayout.ts";
import { formatTileLayout, newTileLayout, type TileLayout } from "../keys/tiles.ts";
import { AssetChangingError } from "../redis/assetChangingError.ts";
import type { StateStore } from "../store/stateStore.ts";
import type { LayoutChange } from "./pagePlaces.ts";

/** The state cannot be kept under the new definition; nothing was changed. */
export class StateNotKeptError extends InfillError {
  readonly code = "INFILL_STATE_NOT_KEPT";
  readonly asset: string;

  constructor(asset: string, problem: string) {
    super(`The state of asset "${asset}" cannot be kept: ${problem}.`);
    this.asset = asset;
  }
}

/** How an asset's present definition covers its state. */
export interface AssetCover {
  readonly axes: readonly AxisCover[];
  readonly layouts: LayoutChange;
  readonly fingerprint: string;
  readonly operation: string;
}

/**
 * The name of the operation that moves state to a definition. It holds the digest of the definition
 * and of the layout, so that a process with others does not continue it.
 */
function operationOf(fingerprint: string, layout: TileLayout | undefined): string {
  const text = `${fingerprint}${formatTileLayout(layout)}`;
  return `keep ${createHash("sha1").update(text).digest("hex").slice(0, 12)}`;
}

/**
 * How an asset's present definition covers its state.
 *
 * @throws StateNotKeptError if nothing is registered, the definition fits already, or it has other
 *   axes
 */
export async function coverAsset(store: StateStore, asset: AnyAsset): Promise<AssetCover> {
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
  const axes = coverDefinition(recorded, partitions);
  if (axes === undefined)
    throw new StateNotKeptError(
      name,
      `it is recorded as "${recorded}" and now defined as "${fingerprint}", which has other dimensions or another kind of key; ` +
        `delete the state with \`infill asset reset ${name}\`, or restore the definition`,
    );
  return { axes, layouts, fingerprint, operation };
}

/** Whether two layouts make the same lanes neighbors. */
function isSameTiling(a: TileLayout | undefined, b: TileLayout | undefined): boolean {
  return a?.axis === b?.axis && a?.width === b?.width;
}
