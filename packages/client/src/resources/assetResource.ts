import { type AssetChange, type AssetState, type KeptState, unfitAssets } from "@infill/state";
import type { AssetDetail, AssetSummary } from "../assets/assetAnswers.ts";
import {
  describeAsset,
  staleLookedAt,
  summarizeAssets,
  summarizeUnfit,
} from "../assets/assetDetails.ts";
import { findGaps, type GapReport } from "../assets/findGaps.ts";
import {
  type AssetStatePreview,
  changeAssetState,
  keepAssetState,
  type KeptStatePreview,
  previewAssetState,
  previewKeptState,
} from "../assets/giveUpAsset.ts";
import { previewRename, renameAssetState, type RenamePreview } from "../assets/renameAssetState.ts";
import type { ClientEnvironment } from "../shared/clientEnvironment.ts";
import type { ControlOptions } from "../shared/controlOptions.ts";

/** Assets of the project and their state. */
export interface Assets {
  /**
   * The assets with their counts by status. `staleWithin`: counts `stale` too if all assets
   * together have at most this many materialized partitions, whose records must be read; default:
   * 100,000.
   */
  list(options?: { readonly staleWithin?: number }): Promise<readonly AssetSummary[]>;
  /** @throws UnknownAssetError */
  get(name: string): Promise<AssetDetail>;
  /**
   * The missing, failed and stale partitions of the assets that the selection text names (default:
   * all), as ranges.
   *
   * @throws UnknownAssetError, AssetSelectionError
   */
  findGaps(assets?: string): Promise<GapReport>;
  /**
   * The size of an asset's state and the backfills that use it, also for an asset that the project
   * no longer has. Scans the server's keys. Writes nothing.
   *
   * @throws UnknownAssetError
   */
  previewState(asset: string): Promise<AssetStatePreview>;
  /**
   * Deletes all state of an asset and its registered definition, so that another definition may be
   * registered: statuses, records, errors, metadata, and ledgers of ended backfills. The audit of
   * changes by hand stays. After an interruption, call again.
   *
   * @returns what was deleted
   * @throws UnknownAssetError, AssetInUseError, AssetChangingError
   */
  reset(asset: string, by?: ControlOptions): Promise<AssetState>;
  /**
   * Deletes every key of an asset, also of one that the project no longer has; otherwise like
   * `reset`.
   */
  remove(asset: string, by?: ControlOptions): Promise<AssetState>;
  /**
   * How much of an asset's state would be kept under its present definition. Scans the server's
   * keys and reads every record of the asset. Writes nothing.
   *
   * @throws UnknownAssetError, StateNotKeptError, AssetChangingError
   */
  previewKept(asset: string): Promise<KeptStatePreview>;
  /**
   * Moves an asset's state to its present definition. Partitions with the same window or key keep
   * status, record, error, metadata and attempts; the state of others and the ledgers of ended
   * backfills are deleted. After an interruption, call again.
   *
   * @returns what was kept
   * @throws UnknownAssetError, StateNotKeptError, AssetInUseError, AssetChangingError
   */
  keep(asset: string, by?: ControlOptions): Promise<KeptState>;
  /**
   * The state that would move to another name, and the backfills that prevent it. Scans the
   * server's keys. Writes nothing.
   *
   * @throws UnknownAssetError, AssetRenameError, AssetChangingError
   */
  previewRename(asset: string, newName: string): Promise<RenamePreview>;
  /**
   * Moves an asset's state to its new name in the project: statuses, records, errors, metadata,
   * attempts, ledgers of ended backfills, and the audit. Locks both names meanwhile. After an
   * interruption, call again; or call with both names exchanged to take it back, if nothing under
   * the old name is deleted yet.
   *
   * @returns the state under the old name
   * @throws UnknownAssetError, AssetRenameError, AssetInUseError, AssetChangingError
   */
  rename(asset: string, newName: string, by?: ControlOptions): Promise<AssetState>;
}

export function assetResource(environment: ClientEnvironment): Assets {
  const { connection, store, graph, registered } = environment;
  /** Runs a change of assets' state, and reads these assets again afterwards. */
  const forgetting = async <T>(names: readonly string[], change: () => Promise<T>): Promise<T> => {
    try {
      return await change();
    } finally {
      for (const name of names) connection.assets.forget(name);
    }
  };
  const giveUp = (asset: string, change: AssetChange, by: ControlOptions) =>
    forgetting([asset], () => changeAssetState(store, graph, asset, change, by));
  return {
    async list(options = {}) {
      const states = await environment.states();
      const names = [...registered.keys()];
      const summaries = await summarizeAssets(states, names, options.staleWithin ?? staleLookedAt);
      const fitting = new Map(summaries.map((summary) => [summary.name, summary]));
      const unfit = unfitAssets(registered);
      return Array.from(graph.assets.values()).flatMap((asset) => {
        const problem = unfit.get(asset.name);
        return problem === undefined
          ? (fitting.get(asset.name) ?? [])
          : [summarizeUnfit(asset, problem, states.context)];
      });
    },
    async get(name) {
      const states = await environment.states();
      environment.asset(name);
      return describeAsset(store, graph, states, name);
    },
    findGaps: async (assets = "*") => findGaps(await environment.states(), graph, assets),
    previewState: (asset) => previewAssetState(store, graph, asset),
    reset: (asset, by = {}) => giveUp(asset, "reset", by),
    remove: (asset, by = {}) => giveUp(asset, "remove", by),
    previewKept: (asset) => previewKeptState(store, graph, asset),
    keep: (asset, by = {}) => forgetting([asset], () => keepAssetState(store, graph, asset, by)),
    previewRename: (asset, newName) => previewRename(store, graph, asset, newName),
    rename: (asset, newName, by = {}) =>
      forgetting([asset, newName], () => renameAssetState(store, graph, asset, newName, by)),
  };
}
