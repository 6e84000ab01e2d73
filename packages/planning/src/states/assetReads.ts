import {
  allPartitions,
  type InfillError,
  intersectSubsets,
  isEmptySubset,
  type PartitionsContext,
  type PartitionsSubset,
  subtractSubsets,
} from "@infill/partitions";
import {
  countChunks,
  type LaneOrdinals,
  type RegisteredAsset,
  readSettlementTable,
  requireAsset,
  type StateStore,
  unfitAssets,
  wholeChunksOf,
} from "@infill/state";
import { type PartitionStatuses, readStatuses, readStatusesOf } from "./partitionStatuses.ts";
import { Settlements } from "./settlements.ts";

/** Most chunks of which the statuses are read alone. */
const fewChunks = 32;

/** Reads the assets of a project at one instant. Reads the statuses of a partition once. */
export class AssetReads {
  readonly context: PartitionsContext;
  readonly #store: StateStore;
  readonly #registered: ReadonlyMap<string, RegisteredAsset>;
  readonly #statuses = new Map<string, Promise<PartitionStatuses>>();
  /** The last statuses of a part of each asset. */
  readonly #parts = new Map<string, Promise<PartitionStatuses>>();

  constructor(
    store: StateStore,
    registered: ReadonlyMap<string, RegisteredAsset>,
    context: PartitionsContext,
  ) {
    this.#store = store;
    this.#registered = registered;
    this.context = context;
  }

  /** @throws UnknownAssetError, DefinitionChangedError */
  asset(name: string): RegisteredAsset {
    return requireAsset(this.#registered, name);
  }

  /** Why an asset's state cannot be read with its present definition; undefined if it can. */
  problemOf(name: string): InfillError | undefined {
    return unfitAssets(this.#registered).get(name);
  }

  /** Whether the state of an asset of the project can be read with its present definition. */
  fits(name: string): boolean {
    return this.#registered.has(name);
  }

  statuses(name: string): Promise<PartitionStatuses> {
    let answer = this.#statuses.get(name);
    if (answer === undefined) {
      answer = readStatuses(this.#store, this.asset(name), this.context);
      this.#statuses.set(name, answer);
    }
    return answer;
  }

  /**
   * The statuses of at least some partitions: of all in the chunks where these are if they lie close together, otherwise
   * of the asset. So what is asked of a few partitions of a large asset costs little.
   */
  async statusesNear(name: string, subset: PartitionsSubset): Promise<PartitionStatuses> {
    const whole = this.#statuses.get(name);
    if (whole !== undefined) return whole;
    const known = await this.#parts.get(name);
    if (known !== undefined && isEmptySubset(subtractSubsets(subset, known.all))) return known;
    const registered = this.asset(name);
    const { asset, ordinals } = registered;
    const places = ordinals.lanesOf(subset);
    if (countChunks(places) > fewChunks) return this.statuses(name);
    const chunks = ordinals.subsetOf(wholeChunksOf(places));
    const all = intersectSubsets(chunks, allPartitions(asset.partitions, this.context));
    const part = readStatusesOf(this.#store, registered, all, places);
    this.#parts.set(name, part);
    return part;
  }

  /** The records of some partitions. They are not kept, because they are large. */
  async settlements(name: string, places: readonly LaneOrdinals[]): Promise<Settlements> {
    const table = await readSettlementTable(this.#store, name, places);
    return new Settlements(table, this.asset(name).ordinals);
  }
}
