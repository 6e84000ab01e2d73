import { type AssetGraph, submittedMs, UnknownAssetError } from "@infill/core";
import {
  type AssetState,
  checkRename,
  measureAsset,
  renameAsset,
  type RenameStage,
  renameStage,
  type StateStore,
  takeRenameBack,
  usersOfAsset,
} from "@infill/state";
import type { ControlOptions } from "../schemas/controlSchemas.ts";

/** The state that would move to another name. */
export interface RenamePreview extends AssetState {
  readonly asset: string;
  readonly newName: string;
  /** Whether the project still has the old name too. That asset would start without state. */
  readonly isInProject: boolean;
  /**
   * `new`: no rename is under way. `under_way`: an earlier call began this rename, and this one
   * would continue it. `back`: the opposite rename was begun, and would be taken back.
   */
  readonly stage: RenameStage;
  /**
   * Active backfills that include it, and those whose workers still run its partitions. If there
   * are any, it cannot be renamed.
   */
  readonly usedBy: readonly string[];
}

/**
 * Counts the state that would move. A rename that was begun can continue whatever the project has
 * now.
 *
 * @throws UnknownAssetError, AssetRenameError, AssetChangingError
 */
export async function previewRename(
  store: StateStore,
  graph: AssetGraph,
  asset: string,
  newName: string,
): Promise<RenamePreview> {
  const stage = await renameStage(store, asset, newName);
  const isInProject = graph.assets.has(asset);
  const state = await measureAsset(store, asset);
  if (stage === "new") {
    if (!isInProject && state.keys === 0)
      throw new UnknownAssetError(asset, [...graph.assets.keys()]);
    await checkRename(store, asset, newName, graph.assets.get(newName)?.partitions);
  }
  const usedBy = stage === "new" ? await usersOfAsset(store, asset, submittedMs, "all") : [];
  return { asset, newName, isInProject, stage, ...state, usedBy };
}

/**
 * @returns the state under the old name @throws UnknownAssetError, AssetRenameError,
 *   AssetInUseError, AssetChangingError
 */
export async function renameAssetState(
  store: StateStore,
  graph: AssetGraph,
  asset: string,
  newName: string,
  by: ControlOptions,
): Promise<AssetState> {
  const preview = await previewRename(store, graph, asset, newName);
  const { materialized, failed, inProgress, records, ledgers, keys } = preview;
  if (preview.stage === "back") await takeRenameBack(store, newName, asset, by);
  else await renameAsset(store, asset, newName, by, submittedMs);
  return { materialized, failed, inProgress, records, ledgers, keys };
}
