import type { AssetGraph } from "@infill/core";
import {
  countSubset,
  downstreamOf,
  emptySubset,
  intersectSubsets,
  isEmptySubset,
  type PartitionsSubset,
  subtractSubsets,
  unionSubsets,
  upstreamOf,
} from "@infill/partitions";
import type { AssetReads } from "./assetReads.ts";
import { olderThanUpstream } from "./olderThanUpstream.ts";
import { partsOfLanes } from "./partsOfLanes.ts";
import { restOnSelf, selfNeeds } from "./selfReach.ts";
import type { Rows } from "./settlements.ts";

/** Assets that one pass reads together, so that round trips overlap. */
const assetsAtOnce = 8;

/** The stale partitions of one asset by reason. A partition may have both reasons. */
export interface StalePartitions {
  /**
   * Made by another code version than the asset's present one; empty if the asset has no version.
   */
  readonly code: PartitionsSubset;
  /**
   * Settled before an upstream partition that they read, or read a stale one, through any number of
   * edges.
   */
  readonly upstream: PartitionsSubset;
}

/** Finds the stale partitions of a project's assets. Keeps the results for whole assets. */
export class Staleness {
  readonly #reads: AssetReads;
  readonly #graph: AssetGraph;
  readonly #stale = new Map<string, Promise<StalePartitions>>();

  constructor(reads: AssetReads, graph: AssetGraph) {
    this.#reads = reads;
    this.#graph = graph;
  }

  /**
   * The stale partitions of an asset. Reads the records of its materialized partitions, and of
   * everything upstream that they rest on.
   */
  async all(name: string): Promise<StalePartitions> {
    for (const each of this.#notAsked(name)) await this.#staleOf(each);
    return this.#staleOf(name);
  }

  /**
   * The stale partitions among some of an asset. Reads only their records and those of the
   * partitions that they rest on.
   */
  async within(name: string, subset: PartitionsSubset): Promise<StalePartitions> {
    const names = this.#withUpstream(name);
    const needed = new Map<string, PartitionsSubset>([[name, subset]]);
    for (const each of names.toReversed()) {
      const edges = this.#graph.upstreamEdges(each);
      const start = needed.get(each) ?? emptySubset(this.#reads.asset(each).asset.partitions);
      const own = selfNeeds(edges, start, this.#reads.context);
      needed.set(each, own);
      for (const edge of edges) {
        if (edge.upstreamAsset === each) continue;
        const { subset: read } = upstreamOf(edge, own, this.#reads.context);
        const known = needed.get(edge.upstreamAsset);
        needed.set(edge.upstreamAsset, known === undefined ? read : unionSubsets(known, read));
      }
    }
    const found = new Map<string, StalePartitions>();
    for (const each of names) {
      const within = needed.get(each);
      found.set(each, await this.#findStale(each, (upstream) => found.get(upstream), within));
    }
    const { code, upstream } = found.get(name) ?? noneStale(subset);
    return {
      code: intersectSubsets(code, subset),
      upstream: intersectSubsets(upstream, subset),
    };
  }

  /**
   * How many partitions of each of some assets are stale, in one pass over these and everything
   * upstream of them.
   *
   * @param lookWithin most materialized partitions of all these assets together whose records are
   *   read
   * @returns undefined if there are more
   */
  async count(
    wanted: readonly string[],
    lookWithin: number,
  ): Promise<ReadonlyMap<string, number> | undefined> {
    const names = this.#withUpstream(...wanted);
    let materialized = 0;
    for (const name of names) {
      materialized += countSubset((await this.#reads.statuses(name)).materialized);
      if (materialized > lookWithin) return undefined;
    }
    const counts = new Map<string, number>();
    let next = 0;
    // In topological order, so that an asset waits only for assets that began before it.
    const passOn = async (): Promise<void> => {
      for (let name = names[next++]; name !== undefined; name = names[next++]) {
        const { code, upstream } = await this.#staleOf(name);
        counts.set(name, countSubset(unionSubsets(code, upstream)));
      }
    };
    await Promise.all(Array.from({ length: assetsAtOnce }, passOn));
    return counts;
  }

  /**
   * Some assets and everything upstream of them, in topological order, so that no computation waits
   * for a deep chain of others. Leaves out assets whose state does not fit, and everything that is
   * reached only through them.
   */
  #withUpstream(...names: readonly string[]): string[] {
    const found = new Set(names);
    for (const each of found)
      for (const { upstreamAsset } of this.#graph.upstreamEdges(each))
        if (this.#reads.fits(upstreamAsset)) found.add(upstreamAsset);
    return [...this.#graph.assets.keys()].filter((each) => found.has(each));
  }

  /**
   * An asset and its upstream assets whose staleness is not computed yet, upstream first. A plan
   * asks for one asset after another and must not walk a deep chain for each.
   */
  #notAsked(name: string): string[] {
    const found = new Set<string>();
    const open = [name];
    for (let each = open.pop(); each !== undefined; each = open.pop()) {
      if (found.has(each) || this.#stale.has(each)) continue;
      found.add(each);
      for (const { upstreamAsset } of this.#graph.upstreamEdges(each))
        if (this.#reads.fits(upstreamAsset)) open.push(upstreamAsset);
    }
    if (found.size < 2) return [...found];
    return [...this.#graph.assets.keys()].filter((each) => found.has(each));
  }

  /** The staleness of its upstream assets is computed already. */
  #staleOf(name: string): Promise<StalePartitions> {
    let answer = this.#stale.get(name);
    if (answer === undefined) {
      answer = this.#findStale(name, (upstream) => this.#stale.get(upstream));
      this.#stale.set(name, answer);
    }
    return answer;
  }

  /**
   * @param staleOf the stale partitions of an upstream asset
   * @param within default: all partitions
   */
  async #findStale(
    name: string,
    staleOf: (upstream: string) => Promise<StalePartitions> | StalePartitions | undefined,
    within?: PartitionsSubset,
  ): Promise<StalePartitions> {
    const { asset, codeVersionNumber, ordinals } = this.#reads.asset(name);
    const statuses = await this.#reads.statuses(name);
    const materialized =
      within === undefined
        ? statuses.materialized
        : intersectSubsets(statuses.materialized, within);
    let code = emptySubset(asset.partitions);
    let upstream = emptySubset(asset.partitions);
    for (const places of partsOfLanes(ordinals.lanesOf(materialized))) {
      const settlements = await this.#reads.settlements(name, places);
      const part = ordinals.subsetOf(places);
      if (codeVersionNumber !== 0) {
        const other = settlements.ofOtherCode(settlements.all(), codeVersionNumber & 0xffff);
        code = unionSubsets(code, settlements.subsetOf(other));
      }
      for (const edge of this.#graph.upstreamEdges(name)) {
        if (!this.#reads.fits(edge.upstreamAsset)) continue;
        const known = await this.#reads.statuses(edge.upstreamAsset);
        const needed = subtractSubsets(
          intersectSubsets(upstreamOf(edge, part, this.#reads.context).subset, known.all),
          known.missing,
        );
        if (isEmptySubset(needed)) continue;
        const feeds = await this.#reads.settlements(
          edge.upstreamAsset,
          this.#reads.asset(edge.upstreamAsset).ordinals.lanesOf(needed),
        );
        const older: Rows = olderThanUpstream(edge, settlements, feeds, this.#reads.context);
        upstream = unionSubsets(upstream, settlements.subsetOf(older));
      }
    }
    const edges = this.#graph.upstreamEdges(name);
    for (const edge of edges) {
      if (edge.upstreamAsset === name || !this.#reads.fits(edge.upstreamAsset)) continue;
      const old = await staleOf(edge.upstreamAsset);
      if (old === undefined) throw new Error("Bug: staleness is asked in topological order");
      const fed = downstreamOf(edge, unionSubsets(old.code, old.upstream), this.#reads.context);
      upstream = unionSubsets(upstream, intersectSubsets(fed, materialized));
    }
    const stale = restOnSelf(
      edges,
      unionSubsets(code, upstream),
      materialized,
      this.#reads.context,
    );
    for (const edge of edges.filter(({ upstreamAsset }) => upstreamAsset === name)) {
      const fed = downstreamOf(edge, stale, this.#reads.context);
      upstream = unionSubsets(upstream, intersectSubsets(fed, materialized));
    }
    return { code, upstream };
  }
}

function noneStale({ definition }: PartitionsSubset): StalePartitions {
  return { code: emptySubset(definition), upstream: emptySubset(definition) };
}
