import { type AssetGraph, UnknownAssetError } from "@infill/core";
import {
  type AssetChange,
  type AssetState,
  giveUpAsset,
  measureAsset,
  type StateStore,
  usersOfAsset,
} from "@infill/state";
import { submittedMs } from "../doctor/ledgerRestore.ts";
import type { ControlOptions } from "./controlOptions.ts";

/** What is kept of an asset, and who keeps it from being given up. */
export interface AssetStatePreview extends AssetState {
  readonly asset: string;
  /** Whether the project has the asset. */
  readonly isInProject: boolean;
  /** Active backfills that name it, and those whose workers still run partitions of it. None: it can be given up. */
  readonly usedBy: readonly string[];
}

/**
 * Counts what is kept of an asset of the project, or of one that only Redis knows.
 *
 * @throws UnknownAssetError where neither knows it
 */
export async function previewAssetState(
  store: StateStore,
  graph: AssetGraph,
  asset: string,
): Promise<AssetStatePreview> {
  const state = await measureAsset(store, asset);
  const isInProject = graph.assets.has(asset);
  if (!isInProject && state.keys === 0)
    throw new UnknownAssetError(asset, [...graph.assets.keys()]);
  return { asset, isInProject, ...state, usedBy: await usersOfAsset(store, asset, submittedMs) };
}

/** @returns what was there @throws UnknownAssetError, AssetInUseError, AssetChangingError */
export async function changeAssetState(
  store: StateStore,
  graph: AssetGraph,
  asset: string,
  change: AssetChange,
  by: ControlOptions,
): Promise<AssetState> {
  const {
    isInProject: _project,
    usedBy: _users,
    ...before
  } = await previewAssetState(store, graph, asset);
  await giveUpAsset(store, asset, change, by, submittedMs);
  return before;
}
