import { type AnyAsset, type AssetGraph, submittedMs, UnknownAssetError } from "@infill/core";
import type { PartitionsContext } from "@infill/partitions";
import {
  type AssetChange,
  type AssetState,
  dynamicNamesOfAssets,
  giveUpAsset,
  type KeptState,
  measureAsset,
  migrateAsset,
  previewKept,
  type StateStore,
  usersOfAsset,
} from "@infill/state";
import type { ControlOptions } from "../schemas/controlSchemas.ts";

/** The size of an asset's state, and the backfills that use it. */
export interface AssetStatePreview extends AssetState {
  readonly asset: string;
  /** Whether the project has the asset. */
  readonly isInProject: boolean;
  /**
   * Active backfills that include it, and those whose workers still run its partitions. If there
   * are any, its state cannot be deleted.
   */
  readonly usedBy: readonly string[];
}

/**
 * Counts the state of an asset of the project, or of one that only Redis knows.
 *
 * @throws UnknownAssetError if neither knows it
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

/** How much of an asset's state would be kept under its present definition. */
export interface KeptStatePreview extends KeptState {
  readonly asset: string;
  /**
   * Active backfills that include it, and those whose workers still run its partitions. If there
   * are any, its state cannot be moved.
   */
  readonly usedBy: readonly string[];
}

/** @throws UnknownAssetError, StateNotKeptError, AssetChangingError */
export async function previewKeptState(
  store: StateStore,
  graph: AssetGraph,
  asset: string,
  nowMs: number,
): Promise<KeptStatePreview> {
  const defined = requireDefined(graph, asset);
  const kept = await previewKept(store, defined, await contextOf(store, defined, nowMs));
  return { asset, ...kept, usedBy: await usersOfAsset(store, asset, submittedMs, "all") };
}

/**
 * @returns what was kept @throws UnknownAssetError, StateNotKeptError, AssetInUseError,
 *   AssetChangingError
 */
export async function keepAssetState(
  store: StateStore,
  graph: AssetGraph,
  asset: string,
  by: ControlOptions,
  nowMs: number,
): Promise<KeptState> {
  const defined = requireDefined(graph, asset);
  const kept = await previewKept(store, defined, await contextOf(store, defined, nowMs));
  await migrateAsset(store, defined, by, submittedMs);
  return kept;
}

/** The partitions of an asset that exist now. */
async function contextOf(
  { dynamicKeys }: StateStore,
  asset: AnyAsset,
  nowMs: number,
): Promise<PartitionsContext> {
  const names = dynamicNamesOfAssets([asset]);
  return dynamicKeys.context(names, await dynamicKeys.moment(names, nowMs));
}

function requireDefined(graph: AssetGraph, name: string): AnyAsset {
  const asset = graph.assets.get(name);
  if (asset === undefined) throw new UnknownAssetError(name, [...graph.assets.keys()]);
  return asset;
}

/** @returns what was deleted @throws UnknownAssetError, AssetInUseError, AssetChangingError */
export async function changeAssetState(
  store: StateStore,
  graph: AssetGraph,
  asset: string,
  change: AssetChange,
  by: ControlOptions,
): Promise<AssetState> {
  const {
    asset: _asset,
    isInProject: _project,
    usedBy: _users,
    ...before
  } = await previewAssetState(store, graph, asset);
  await giveUpAsset(store, asset, change, by, submittedMs);
  return before;
}
