import type { AssetGraph, ReprocessMode } from "@infill/core";
import {
  ageUnits,
  emptySubset,
  type InfillError,
  type PartitionExpression,
  type PartitionsContext,
  type PartitionsSubset,
  resolvePartitions,
  type StatusAtom,
  statusAtomsOf,
  subtractSubsets,
  unionSubsets,
} from "@infill/partitions";
import type { RegisteredAsset, StateStore } from "@infill/state";
import { AssetReads } from "./assetReads.ts";
import type { PartitionStatuses } from "./partitionStatuses.ts";
import { partsOfLanes } from "./partsOfLanes.ts";
import { type StalePartitions, Staleness } from "./staleness.ts";

/**
 * What state says of the partitions of a project's assets at one instant. Each question is asked of Redis once, however
 * often it comes up: one object serves one plan.
 */
export class PartitionStates {
  readonly context: PartitionsContext;
  readonly #reads: AssetReads;
  readonly #staleness: Staleness;

  constructor(
    store: StateStore,
    graph: AssetGraph,
    registered: ReadonlyMap<string, RegisteredAsset>,
    context: PartitionsContext,
  ) {
    this.#reads = new AssetReads(store, registered, context);
    this.#staleness = new Staleness(this.#reads, graph);
    this.context = context;
  }

  /** @throws UnknownAssetError, DefinitionChangedError */
  asset(name: string): RegisteredAsset {
    return this.#reads.asset(name);
  }

  /** Why the state of an asset cannot be read with its present definition; undefined where it can. */
  problemOf(name: string): InfillError | undefined {
    return this.#reads.problemOf(name);
  }

  /** Whether the state of an asset of the project can be read with its present definition. */
  fits(name: string): boolean {
    return this.#reads.fits(name);
  }

  statuses(name: string): Promise<PartitionStatuses> {
    return this.#reads.statuses(name);
  }

  /**
   * Which partitions are stale. Reads the records of the materialized ones, and of what they read, in the asset and in
   * everything upstream of it.
   */
  stale(name: string): Promise<StalePartitions> {
    return this.#staleness.all(name);
  }

  /**
   * Which of some partitions of an asset are stale. Reads no more than their records, and those of what they rest on
   * through any chain of edges.
   */
  staleWithin(name: string, subset: PartitionsSubset): Promise<StalePartitions> {
    return this.#staleness.within(name, subset);
  }

  /**
   * How many partitions of each of some assets are stale, in one pass over these and everything upstream of them.
   *
   * @param lookWithin materialized partitions, of all these assets together, up to which their records are read
   * @returns undefined where there are more
   */
  countStale(
    wanted: readonly string[],
    lookWithin: number,
  ): Promise<ReadonlyMap<string, number> | undefined> {
    return this.#staleness.count(wanted, lookWithin);
  }

  /** The partitions, missing ones aside, that last settled more than `ageMs` before the context's instant. */
  async settledBefore(name: string, ageMs: number): Promise<PartitionsSubset> {
    const statuses = await this.statuses(name);
    const settled = subtractSubsets(statuses.all, statuses.missing);
    const untilMs = this.context.nowMs - ageMs - 1;
    let found = emptySubset(settled.definition);
    for (const places of partsOfLanes(this.asset(name).ordinals.lanesOf(settled))) {
      const settlements = await this.#reads.settlements(name, places);
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
}
