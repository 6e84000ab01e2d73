import { parseOptions } from "@infill/core";
import { type AssetChange, type AssetState, type KeptState, unfitAssets } from "@infill/state";
import type { AssetDetail, AssetSummary } from "../assets/assetAnswers.ts";
import { describeAsset, summarizeAssets, summarizeUnfit } from "../assets/assetDetails.ts";
import { findGaps, type GapReport } from "../assets/findGaps.ts";
import {
  type AssetStatePreview,
  changeAssetState,
  keepAssetState,
  type KeptStatePreview,
  previewAssetState,
  previewKeptState,
} from "../assets/changeAssetState.ts";
import { previewRename, renameAssetState, type RenamePreview } from "../assets/renameAssetState.ts";
import { assetInputs } from "../schemas/assetSchemas.ts";
import type { ClientEnvironment } from "../shared/clientEnvironment.ts";
import type { ControlOptions } from "../schemas/controlSchemas.ts";

/**
 * Assets of the project and their state.
 *
 * Each method throws InvalidOptionsError for input that `assetInputs` refuses.
 */
export interface Assets {
  /**
   * The assets with their counts by status. `staleWithin`: counts `stale` too if all assets
   * together have at most this many materialized partitions, whose records must be read; default:
   * 100,000.
   */
  list(options?: { readonly staleWithin?: number | undefined }): Promise<readonly AssetSummary[]>;
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
   * How much of an asset's state would be kept under its present definition, and how many
   * partitions that has which the state does not know. Scans the server's keys and reads the
   * bit-planes of the asset. Writes nothing.
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
  /** Does what changes what is known of assets, and looks at them anew afterwards. */
  const forgetting = async <T>(names: readonly string[], change: () => Promise<T>): Promise<T> => {
    try {
      return await change();
    } finally {
      for (const name of names) connection.assets.forget(name);
    }
  };
  const nameOf = (name: string, subject = "asset") => parseOptions(assetInputs.name, name, subject);
  const giveUp = (asset: string, change: AssetChange, by: ControlOptions) =>
    forgetting([asset], () => changeAssetState(store, graph, asset, change, by));
  return {
    async list(options = {}) {
      const { staleWithin } = parseOptions(assetInputs.list, options, "list of assets");
      const states = await environment.states();
      const names = [...registered.keys()];
      const summaries = await summarizeAssets(states, names, staleWithin);
      const fitting = new Map(summaries.map((summary) => [summary.name, summary]));
      const unfit = unfitAssets(registered);
      return Array.from(graph.assets.values()).flatMap((asset) => {
        const problem = unfit.get(asset.name);
        return problem === undefined
          ? (fitting.get(asset.name) ?? [])
          : [summarizeUnfit(asset, problem, states.context)];
      });
    },
    async get(written) {
      const name = nameOf(written);
      const states = await environment.states();
      environment.asset(name);
      return describeAsset(store, graph, states, name);
    },
    async findGaps(assets) {
      const selection = parseOptions(assetInputs.selection, assets, "asset selection");
      return findGaps(await environment.states(), graph, selection);
    },
    previewState: async (asset) => previewAssetState(store, graph, nameOf(asset)),
    reset: async (asset, by = {}) =>
      giveUp(nameOf(asset), "reset", parseOptions(assetInputs.reset, by, "reset")),
    remove: async (asset, by = {}) =>
      giveUp(nameOf(asset), "remove", parseOptions(assetInputs.remove, by, "removal")),
    previewKept: async (asset) => previewKeptState(store, graph, nameOf(asset), environment.now()),
    async keep(written, by = {}) {
      const asset = nameOf(written);
      const why = parseOptions(assetInputs.keep, by, "keep");
      return forgetting([asset], () => keepAssetState(store, graph, asset, why, environment.now()));
    },
    previewRename: async (asset, newName) =>
      previewRename(store, graph, nameOf(asset), nameOf(newName, "new name")),
    async rename(written, to, by = {}) {
      const asset = nameOf(written);
      const newName = nameOf(to, "new name");
      const why = parseOptions(assetInputs.rename, by, "rename");
      return forgetting([asset, newName], () =>
        renameAssetState(store, graph, asset, newName, why),
      );
    },
  };
}
