import { type AssetEdge, type AssetGraph, turns } from "@infill/core";
import {
  downstreamOf,
  forEachRun,
  isEmptySubset,
  type PartitionsContext,
  type PartitionsSubset,
  subtractSubsets,
  unionSubsets,
  upstreamOf,
} from "@infill/partitions";
import type { AssetProgress } from "./assetProgress.ts";

/**
 * Which partitions may start, as set algebra. For an asset `d` with upstreams `u` in the same
 * backfill:
 *
 *     blocked(d) = ⋃u downstream(u → d)( outstanding(u) )      outstanding(u) = selected(u) − succeeded(u)
 *     ready(d)   = unsettled(d) − queued(d) − blocked(d)
 *
 * There are no counters for edges that could drift. The sets are computed whole at the start, and
 * for the affected partitions at each settlement.
 */
export class Readiness {
  readonly #graph: AssetGraph;
  readonly #assets: ReadonlyMap<string, AssetProgress>;
  readonly #context: PartitionsContext;

  /** @param assets in topological order */
  constructor(
    graph: AssetGraph,
    assets: ReadonlyMap<string, AssetProgress>,
    context: PartitionsContext,
  ) {
    this.#graph = graph;
    this.#assets = assets;
    this.#context = context;
  }

  /** Computes the ready partitions from scratch. */
  compute(): void {
    for (const _ of this.#steps());
  }

  /** The same in several turns of the event loop. */
  async computeInTurns(): Promise<void> {
    for (const _ of this.#steps()) await turns.next();
  }

  /** Pauses between pieces: each asset, each edge, and each lane of those with many. */
  *#steps(): Generator<void> {
    for (const asset of this.#assets.values()) {
      yield;
      for (const lane of asset.lanes()) {
        lane.ready.assign(lane.unsettled, lane.queued);
        yield;
      }
      for (const { edge, upstream } of this.#upstreams(asset)) {
        const outstanding = yield* upstream.subsetInSteps("outstanding");
        yield;
        const blocked = downstreamOf(edge, outstanding, this.#context);
        yield;
        yield* asset.visitLanesOf(blocked, (lane, coordinates) =>
          lane.ready.deleteAll(coordinates),
        );
      }
    }
  }

  /** Whether anything in this backfill depends on the asset. */
  hasDownstream(asset: AssetProgress): boolean {
    return this.#graph
      .downstreamEdges(asset.name)
      .some((edge) => this.#assets.has(edge.downstreamAsset));
  }

  /** Makes partitions ready that waited only for these. */
  succeeded(asset: AssetProgress, partitions: PartitionsSubset): void {
    for (const edge of this.#graph.downstreamEdges(asset.name)) {
      const downstream = this.#assets.get(edge.downstreamAsset);
      if (downstream !== undefined)
        this.#release(downstream, downstreamOf(edge, partitions, this.#context));
    }
  }

  /** Makes those `candidates` ready that wait and are not blocked. */
  #release(asset: AssetProgress, candidates: PartitionsSubset): void {
    let free = asset.intersection(candidates, "unsettled");
    for (const { edge, upstream } of this.#upstreams(asset)) {
      if (isEmptySubset(free)) return;
      const needed = upstreamOf(edge, free, this.#context).subset;
      const missing = upstream.intersection(needed, "outstanding");
      if (isEmptySubset(missing)) continue;
      free = subtractSubsets(free, downstreamOf(edge, missing, this.#context));
    }
    asset.eachLaneOf(free, (lane, coordinates) => {
      forEachRun(coordinates, (start, end) => {
        for (let coordinate = start; coordinate < end; coordinate++) {
          if (lane.isWaiting(coordinate)) lane.ready.add(coordinate);
        }
      });
    });
  }

  /**
   * The partitions that can no longer run because of these, by asset, through any number of edges.
   */
  doomedBy(
    asset: AssetProgress,
    partitions: PartitionsSubset,
  ): Map<AssetProgress, PartitionsSubset> {
    const doomed = new Map<AssetProgress, PartitionsSubset>();
    const lost: [AssetProgress, PartitionsSubset][] = [[asset, partitions]];
    for (let next = lost.shift(); next !== undefined; next = lost.shift()) {
      const [source, subset] = next;
      for (const edge of this.#graph.downstreamEdges(source.name)) {
        const target = this.#assets.get(edge.downstreamAsset);
        if (target === undefined) continue;
        const reached = target.intersection(downstreamOf(edge, subset, this.#context), "unsettled");
        const known = doomed.get(target);
        const fresh = known === undefined ? reached : subtractSubsets(reached, known);
        if (isEmptySubset(fresh)) continue;
        doomed.set(target, known === undefined ? fresh : unionSubsets(known, fresh));
        lost.push([target, fresh]);
      }
    }
    return doomed;
  }

  *#upstreams(asset: AssetProgress): Iterable<{ edge: AssetEdge; upstream: AssetProgress }> {
    for (const edge of this.#graph.upstreamEdges(asset.name)) {
      const upstream = this.#assets.get(edge.upstreamAsset);
      if (upstream !== undefined) yield { edge, upstream };
    }
  }
}
