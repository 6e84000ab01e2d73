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
 * The state of a project's partitions at one instant. Reads each fact from Redis once; one object
 * serves one plan.
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

  /** Why an asset's state cannot be read with its present definition; undefined if it can. */
  problemOf(name: string): InfillError | undefined {
    return this.#reads.problemOf(name);
  }

  /** Whether the state of an asset of the project can be read with its present definition. */
  fits(name: string): boolean {
    return this.#reads.fits(name);
  }

  /** The statuses of all partitions of an asset. */
  statuses(name: string): Promise<PartitionStatuses> {
    return this.#reads.statuses(name);
  }

  /** The statuses of at least some partitions of an asset; reads little if these lie close together. */
  statusesNear(name: string, subset: PartitionsSubset): Promise<PartitionStatuses> {
    return this.#reads.statusesNear(name, subset);
  }

  /**
   * The stale partitions of an asset. Reads the records of its materialized partitions, and of
   * everything upstream that they rest on.
   */
  stale(name: string): Promise<StalePartitions> {
    return this.#staleness.all(name);
  }

  /**
   * The stale partitions among some of an asset. Reads only their records and those of the
   * partitions that they rest on.
   */
  staleWithin(name: string, subset: PartitionsSubset): Promise<StalePartitions> {
    return this.#staleness.within(name, subset);
  }

  /**
   * How many partitions of each of some assets are stale, in one pass over these and everything
   * upstream of them.
   *
   * @param lookWithin most materialized partitions of all these assets together whose records are
   *   read
   * @returns undefined if there are more
   */
  countStale(
    wanted: readonly string[],
    lookWithin: number,
  ): Promise<ReadonlyMap<string, number> | undefined> {
    return this.#staleness.count(wanted, lookWithin);
  }

  /**
   * The materialized and failed partitions that last settled more than `ageMs` before the context's
   * instant.
   */
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

  /** The partitions of an asset that an expression selects. */
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

  /** The partitions, at least among some, that a reprocess mode leaves out. */
  async upToDate(
    name: string,
    mode: ReprocessMode,
    among: PartitionsSubset,
  ): Promise<PartitionsSubset> {
    if (mode === "all") return emptySubset(among.definition);
    const { materialized, failed } = await this.statusesNear(name, among);
    switch (mode) {
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
