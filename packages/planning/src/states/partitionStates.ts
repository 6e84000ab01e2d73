import type { AssetGraph, ReprocessMode } from "@infill/core";
import {
  ageUnits,
  countIntegers,
  countSubset,
  downstreamOf,
  emptySubset,
  firstIntegers,
  type InfillError,
  intersectSubsets,
  isEmptyIntegers,
  isEmptySubset,
  type PartitionExpression,
  type PartitionsContext,
  type PartitionsSubset,
  resolvePartitions,
  type StatusAtom,
  statusAtomsOf,
  subtractIntegers,
  subtractSubsets,
  unionSubsets,
  upstreamOf,
} from "@infill/partitions";
import {
  type LaneOrdinals,
  type RegisteredAsset,
  readSettlementTable,
  requireAsset,
  unfitAssets,
  type StateStore,
} from "@infill/state";
import { olderThanUpstream } from "./olderThanUpstream.ts";
import { type PartitionStatuses, readStatuses } from "./partitionStatuses.ts";
import { restOnSelf, selfNeeds } from "./selfReach.ts";
import { type Rows, Settlements } from "./settlements.ts";

/** Partitions looked at together, so that their records fit in memory: 14 bytes each. */
const partSize = 1_000_000;

/** Assets that one pass looks at together: round trips overlap. */
const assetsAtOnce = 8;

/** The materialized partitions of one asset that are stale, by why they are. One may be both. */
export interface StalePartitions {
  /** Made by another code version than the asset's present one; none where the asset names no version. */
  readonly code: PartitionsSubset;
  /** Last settled before an upstream partition that they read, or they read a stale one: through any chain of edges. */
  readonly upstream: PartitionsSubset;
}

/**
 * What state says of the partitions of a project's assets at one instant. Each question is asked of Redis once, however
 * often it comes up: one object serves one plan.
 */
export class PartitionStates {
  readonly context: PartitionsContext;
  readonly #store: StateStore;
  readonly #graph: AssetGraph;
  readonly #registered: ReadonlyMap<string, RegisteredAsset>;
  readonly #statuses = new Map<string, Promise<PartitionStatuses>>();
  readonly #stale = new Map<string, Promise<StalePartitions>>();

  constructor(
    store: StateStore,
    graph: AssetGraph,
    registered: ReadonlyMap<string, RegisteredAsset>,
    context: PartitionsContext,
  ) {
    this.#store = store;
    this.#graph = graph;
    this.#registered = registered;
    this.context = context;
  }

  /** @throws UnknownAssetError, DefinitionChangedError */
  asset(name: string): RegisteredAsset {
    return requireAsset(this.#registered, name);
  }

  /** Why the state of an asset cannot be read with its present definition; undefined where it can. */
  problemOf(name: string): InfillError | undefined {
    return unfitAssets(this.#registered).get(name);
  }

  /** Whether the state of an asset of the project can be read with its present definition. */
  fits(name: string): boolean {
    return this.#registered.has(name);
  }

  statuses(name: string): Promise<PartitionStatuses> {
    return remember(this.#statuses, name, () =>
      readStatuses(this.#store, this.asset(name), this.context),
    );
  }

  /**
   * Which partitions are stale. Reads the records of the materialized ones, and of what they read, in the asset and in
   * everything upstream of it.
   */
  async stale(name: string): Promise<StalePartitions> {
    for (const each of this.#notAsked(name)) await this.#staleOf(each);
    return this.#staleOf(name);
  }

  /**
   * Which of some partitions of an asset are stale. Reads no more than their records, and those of what they rest on
   * through any chain of edges.
   */
  async staleWithin(name: string, subset: PartitionsSubset): Promise<StalePartitions> {
    const names = this.#withUpstream(name);
    const needed = new Map<string, PartitionsSubset>([[name, subset]]);
    for (const each of names.toReversed()) {
      const edges = this.#graph.upstreamEdges(each);
      const start = needed.get(each) ?? emptySubset(this.asset(each).asset.partitions);
      const own = selfNeeds(edges, start, this.context);
      needed.set(each, own);
      for (const edge of edges) {
        if (edge.upstreamAsset === each) continue;
        const { subset: read } = upstreamOf(edge, own, this.context);
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
   * How many partitions of each of some assets are stale, in one pass over these and everything upstream of them.
   *
   * @param lookWithin materialized partitions, of all these assets together, up to which their records are read
   * @returns undefined where there are more
   */
  async countStale(
    wanted: readonly string[],
    lookWithin: number,
  ): Promise<ReadonlyMap<string, number> | undefined> {
    const names = this.#withUpstream(...wanted);
    let materialized = 0;
    for (const name of names) {
      materialized += countSubset((await this.statuses(name)).materialized);
      if (materialized > lookWithin) return undefined;
    }
    const counts = new Map<string, number>();
    let next = 0;
    // In topological order, so that an asset waits only for some that have been begun before it.
    const passOn = async (): Promise<void> => {
      for (let name = names[next++]; name !== undefined; name = names[next++]) {
        const { code, upstream } = await this.#staleOf(name);
        counts.set(name, countSubset(unionSubsets(code, upstream)));
      }
    };
    await Promise.all(Array.from({ length: assetsAtOnce }, passOn));
    return counts;
  }

  /** The partitions, missing ones aside, that last settled more than `ageMs` before the context's instant. */
  async settledBefore(name: string, ageMs: number): Promise<PartitionsSubset> {
    const statuses = await this.statuses(name);
    const settled = subtractSubsets(statuses.all, statuses.missing);
    const untilMs = this.context.nowMs - ageMs - 1;
    let found = emptySubset(settled.definition);
    for (const places of partsOf(this.asset(name).ordinals.lanesOf(settled))) {
      const settlements = await this.#settlements(name, places);
      const rows = settlements.settledUntil(settlements.all(), untilMs);
      found = unionSubsets(found, settlements.subsetOf(rows));
    }
    return found;
  }

  /** The partitions of an asset that an expression denotes. */
  async select(name: string, expression: PartitionExpression): Promise<PartitionsSubset> {
    const answers = new Map<string, PartitionsSubset>();
    for (const atom of statusAtomsOf(expression))
      answers.set(JSON.stringify(atom), await this.#answer(name, atom));
    return resolvePartitions(
      expression,
      this.asset(name).asset.partitions,
      this.context,
      (atom) => {
        const answer = answers.get(JSON.stringify(atom));
        if (answer === undefined) throw new Error("Bug: a status that was not asked for");
        return answer;
      },
    );
  }

  /** What a reprocess mode leaves out. */
  async upToDate(name: string, mode: ReprocessMode): Promise<PartitionsSubset> {
    const { all, materialized, failed } = await this.statuses(name);
    switch (mode) {
      case "all":
        return emptySubset(all.definition);
      case "stale": {
        const { code, upstream } = await this.stale(name);
        return subtractSubsets(subtractSubsets(materialized, code), upstream);
      }
      case "failed":
        return materialized;
      case "missing":
        return unionSubsets(materialized, failed);
    }
  }

  async #answer(name: string, atom: StatusAtom): Promise<PartitionsSubset> {
    if (atom.kind === "older") return this.settledBefore(name, atom.count * ageUnits[atom.unit]);
    switch (atom.word) {
      case "missing":
      case "failed":
        return (await this.statuses(name))[atom.word];
      case "stale(code)":
        return (await this.stale(name)).code;
      case "stale(upstream)":
        return (await this.stale(name)).upstream;
      case "stale": {
        const { code, upstream } = await this.stale(name);
        return unionSubsets(code, upstream);
      }
    }
  }

  /**
   * Some assets and everything upstream of them, in topological order, so that no question waits for a deep chain of others. Of an
   * asset that does not fit its state nothing is known, and nothing through it.
   */
  #withUpstream(...names: readonly string[]): string[] {
    const found = new Set(names);
    for (const each of found)
      for (const { upstreamAsset } of this.#graph.upstreamEdges(each))
        if (this.fits(upstreamAsset)) found.add(upstreamAsset);
    return [...this.#graph.assets.keys()].filter((each) => found.has(each));
  }

  /**
   * An asset and what lies upstream of it, as far as their staleness has not been asked for, upstream first. A plan asks for one asset
   * after another, and must not walk all of a deep chain for each.
   */
  #notAsked(name: string): string[] {
    const found = new Set<string>();
    const open = [name];
    for (let each = open.pop(); each !== undefined; each = open.pop()) {
      if (found.has(each) || this.#stale.has(each)) continue;
      found.add(each);
      for (const { upstreamAsset } of this.#graph.upstreamEdges(each))
        if (this.fits(upstreamAsset)) open.push(upstreamAsset);
    }
    if (found.size < 2) return [...found];
    return [...this.#graph.assets.keys()].filter((each) => found.has(each));
  }

  /** Its upstream assets have been asked before. */
  #staleOf(name: string): Promise<StalePartitions> {
    return remember(this.#stale, name, () =>
      this.#findStale(name, (upstream) => this.#stale.get(upstream)),
    );
  }

  /**
   * @param staleOf what has been found of an upstream asset
   * @param within left out: all partitions
   */
  async #findStale(
    name: string,
    staleOf: (upstream: string) => Promise<StalePartitions> | StalePartitions | undefined,
    within?: PartitionsSubset,
  ): Promise<StalePartitions> {
    const { asset, codeVersionNumber, ordinals } = this.asset(name);
    const statuses = await this.statuses(name);
    const materialized =
      within === undefined
        ? statuses.materialized
        : intersectSubsets(statuses.materialized, within);
    let code = emptySubset(asset.partitions);
    let upstream = emptySubset(asset.partitions);
    for (const places of partsOf(ordinals.lanesOf(materialized))) {
      const settlements = await this.#settlements(name, places);
      const part = ordinals.subsetOf(places);
      if (codeVersionNumber !== 0) {
        const other = settlements.ofOtherCode(settlements.all(), codeVersionNumber & 0xffff);
        code = unionSubsets(code, settlements.subsetOf(other));
      }
      for (const edge of this.#graph.upstreamEdges(name)) {
        if (!this.fits(edge.upstreamAsset)) continue;
        const known = await this.statuses(edge.upstreamAsset);
        const needed = subtractSubsets(
          intersectSubsets(upstreamOf(edge, part, this.context).subset, known.all),
          known.missing,
        );
        if (isEmptySubset(needed)) continue;
        const feeds = await this.#settlements(
          edge.upstreamAsset,
          this.asset(edge.upstreamAsset).ordinals.lanesOf(needed),
        );
        const older: Rows = olderThanUpstream(edge, settlements, feeds, this.context);
        upstream = unionSubsets(upstream, settlements.subsetOf(older));
      }
    }
    const edges = this.#graph.upstreamEdges(name);
    for (const edge of edges) {
      if (edge.upstreamAsset === name || !this.fits(edge.upstreamAsset)) continue;
      const old = await staleOf(edge.upstreamAsset);
      if (old === undefined) throw new Error("Bug: staleness is asked in topological order");
      const fed = downstreamOf(edge, unionSubsets(old.code, old.upstream), this.context);
      upstream = unionSubsets(upstream, intersectSubsets(fed, materialized));
    }
    const stale = restOnSelf(edges, unionSubsets(code, upstream), materialized, this.context);
    for (const edge of edges.filter(({ upstreamAsset }) => upstreamAsset === name)) {
      const fed = downstreamOf(edge, stale, this.context);
      upstream = unionSubsets(upstream, intersectSubsets(fed, materialized));
    }
    return { code, upstream };
  }

  async #settlements(name: string, places: readonly LaneOrdinals[]): Promise<Settlements> {
    const table = await readSettlementTable(this.#store, name, places);
    return new Settlements(table, this.asset(name).ordinals);
  }
}

function noneStale({ definition }: PartitionsSubset): StalePartitions {
  return { code: emptySubset(definition), upstream: emptySubset(definition) };
}

function remember<T>(
  known: Map<string, Promise<T>>,
  name: string,
  read: () => Promise<T>,
): Promise<T> {
  let answer = known.get(name);
  if (answer === undefined) known.set(name, (answer = read()));
  return answer;
}

/** Lanes in parts of at most `partSize` partitions; a larger lane is cut. */
function* partsOf(lanes: Iterable<LaneOrdinals>): Generator<readonly LaneOrdinals[]> {
  let part: LaneOrdinals[] = [];
  let room = partSize;
  for (const { lane, ordinals } of lanes) {
    for (let rest = ordinals; !isEmptyIntegers(rest); ) {
      const piece = firstIntegers(rest, room);
      part.push({ lane, ordinals: piece });
      rest = subtractIntegers(rest, piece);
      room -= countIntegers(piece);
      if (room > 0) continue;
      yield part;
      part = [];
      room = partSize;
    }
  }
  if (part.length > 0) yield part;
}
