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
import { previewRename, renameAssetState, type RenamePreview } from "../assets/renameAsset.ts";
import type { ClientEnvironment } from "../shared/clientEnvironment.ts";
import type { ControlOptions } from "../shared/controlOptions.ts";

/** Assets of the project, and what is kept of them. */
export interface Assets {
  /**
   * The assets with their counts by status. `staleWithin`: up to how many materialized partitions, of all assets together,
   * `stale` is counted too, which reads their records; left out: 100,000.
   */
  list(options?: { readonly staleWithin?: number }): Promise<readonly AssetSummary[]>;
  /** @throws UnknownAssetError */
  get(name: string): Promise<AssetDetail>;
  /**
   * What is missing, failed or stale of the assets that the selection text names (left out: all), as ranges.
   *
   * @throws UnknownAssetError, AssetSelectionError
   */
  findGaps(assets?: string): Promise<GapReport>;
  /**
   * What is kept of an asset, also of one that the project no longer has, and which backfills use it. Costs a scan of the server's
   * keys. Writes nothing.
   *
   * @throws UnknownAssetError
   */
  previewState(asset: string): Promise<AssetStatePreview>;
  /**
   * Gives up all state of an asset and its definition on record, so that it may be defined otherwise: statuses, records, errors,
   * metadata, and what ended backfills did in it. What was changed by hand stays listed. If it was interrupted, call again.
   *
   * @returns what went
   * @throws UnknownAssetError, AssetInUseError, AssetChangingError
   */
  reset(asset: string, by?: ControlOptions): Promise<AssetState>;
  /** Frees every key of an asset, also of one that the project no longer has; as `reset` in all else. */
  remove(asset: string, by?: ControlOptions): Promise<AssetState>;
  /**
   * What of an asset's state would be kept if it moved to the present definition. Costs scans of the server's keys and a look at every
   * record of the asset. Writes nothing.
   *
   * @throws UnknownAssetError, StateNotKeptError, AssetChangingError
   */
  previewKept(asset: string): Promise<KeptStatePreview>;
  /**
   * Moves the state of an asset to its present definition. Partitions whose window or key is the same keep status, record, error,
   * metadata and attempts; the others go, and so does what ended backfills did in the asset. If it was interrupted, call again.
   *
   * @returns what was kept
   * @throws UnknownAssetError, StateNotKeptError, AssetInUseError, AssetChangingError
   */
  keep(asset: string, by?: ControlOptions): Promise<KeptState>;
  /**
   * What of an asset would move to another name, and which backfills keep it from that. Costs scans of the server's keys. Writes
   * nothing.
   *
   * @throws UnknownAssetError, AssetRenameError, AssetChangingError
   */
  previewRename(asset: string, newName: string): Promise<RenamePreview>;
  /**
   * Moves the state of an asset to the name that the project has for it now: statuses, records, errors, metadata, attempts, the
   * progress of ended backfills, what was changed by hand. Nobody uses either name meanwhile. If it was interrupted, call again;
   * with both names exchanged it is taken back, as long as nothing is deleted under the old name.
   *
   * @returns what stood under the old name
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
