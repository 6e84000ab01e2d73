import type { AssetGraph } from "@infill/core";
import {
  countSubset,
  firstOfSubset,
  isEmptySubset,
  type PartitionsSubset,
  spreadOfSubset,
  subtractSubsets,
} from "@infill/partitions";
import { readSelected, type StateStore } from "@infill/state";
import type { AssetProgress } from "./assetProgress.ts";

/**
 * The canary: partitions that run before the others may start. They are picked from the assets that
 * wait for nothing in the backfill: evenly spread, or the first ones of a self-dependent asset. The
 * choice depends only on the selection, so every planner picks the same.
 */
export class CanaryGate {
  readonly #picked: ReadonlyMap<AssetProgress, PartitionsSubset>;

  private constructor(picked: ReadonlyMap<AssetProgress, PartitionsSubset>) {
    this.#picked = picked;
  }

  /** @param partitions how many to pick, at least one of each asset */
  static async load(
    store: StateStore,
    graph: AssetGraph,
    assets: ReadonlyMap<string, AssetProgress>,
    backfillId: string,
    partitions: number,
  ): Promise<CanaryGate> {
    const roots = Array.from(assets.values()).filter(({ name }) =>
      graph
        .upstreamEdges(name)
        .every(({ upstreamAsset }) => upstreamAsset === name || !assets.has(upstreamAsset)),
    );
    const each = Math.max(1, Math.ceil(partitions / Math.max(1, roots.length)));
    const picked = new Map<AssetProgress, PartitionsSubset>();
    for (const asset of roots) {
      const { ordinals } = asset.registered;
      const selected = ordinals.subsetOf(await readSelected(store, asset.name, backfillId));
      const isChain = graph
        .upstreamEdges(asset.name)
        .some(({ upstreamAsset }) => upstreamAsset === asset.name);
      picked.set(asset, isChain ? firstOfSubset(selected, each) : spreadOfSubset(selected, each));
    }
    return new CanaryGate(picked);
  }

  /** Removes all but the picked partitions from the ready ones of its assets. */
  holdBack(): void {
    for (const [asset, picked] of this.#picked) {
      const held = subtractSubsets(asset.subset("ready"), picked);
      asset.eachLaneOf(held, (lane, coordinates) => lane.ready.deleteAll(coordinates));
    }
  }

  /** How many of the picked partitions have failed, and how many have not succeeded yet. */
  counts(): { readonly failed: number; readonly open: number; readonly all: number } {
    let failed = 0;
    let open = 0;
    let all = 0;
    for (const [asset, picked] of this.#picked) {
      const outstanding = asset.intersection(picked, "outstanding");
      all += countSubset(picked);
      if (isEmptySubset(outstanding)) continue;
      const unsettled = countSubset(asset.intersection(outstanding, "unsettled"));
      open += unsettled;
      failed += countSubset(outstanding) - unsettled;
    }
    return { failed, open, all };
  }
}
