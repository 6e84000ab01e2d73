import type { AnyAsset } from "@infill/core";
import { axesOf } from "@infill/partitions";
import { StateUnreadableError } from "../redis/unreadable.ts";
import { parseTileLayout, type TileLayout } from "../keys/tiles.ts";

/** The layout that an asset is registered with. @throws StateUnreadableError */
export function requireTileLayout(asset: AnyAsset, text: string): TileLayout | undefined {
  const layout = parseTileLayout(text, axesOf(asset.partitions).length);
  if (layout === null) throw new StateUnreadableError(`The layout of asset "${asset.name}"`);
  return layout;
}
