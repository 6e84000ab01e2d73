import type { InfillError, PartitionsContext } from "@infill/partitions";
import {
  type LaneOrdinals,
  type RegisteredAsset,
  readSettlementTable,
  requireAsset,
  type StateStore,
  unfitAssets,
} from "@infill/state";
import { type PartitionStatuses, readStatuses } from "./partitionStatuses.ts";
import { Settlements } from "./settlements.ts";

/** Reads the assets of a project at one instant. Reads the statuses of an asset once. */
export class AssetReads {
  readonly context: PartitionsContext;
  readonly #store: StateStore;
  readonly #registered: ReadonlyMap<string, RegisteredAsset>;
  readonly #statuses = new Map<string, Promise<PartitionStatuses>>();

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

  /** The records of some partitions. They are not kept, because they are large. */
  async settlements(name: string, places: readonly LaneOrdinals[]): Promise<Settlements> {
    const table = await readSettlementTable(this.#store, name, places);
    return new Settlements(table, this.asset(name).ordinals);
  }
}
