import { type AssetGraph, type Project, type RandomBytes, versionsOf } from "@infill/core";
import type { PartitionsContext } from "@infill/partitions";
import { PartitionStates, planContext, type ProjectConnection } from "@infill/planning";
import {
  raiseBackfillVersions,
  type RegisteredAsset,
  type RegisteredAssets,
  requireAsset,
  type StateStore,
} from "@infill/state";
import type { ControlOptions } from "../schemas/controlSchemas.ts";

/** What every resource of a client needs. */
export class ClientEnvironment {
  readonly connection: ProjectConnection;
  readonly project: Project;
  readonly graph: AssetGraph;
  readonly store: StateStore;
  readonly registered: RegisteredAssets;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Source of the random bits of backfill ids; undefined for the machine's source. */
  readonly randomBytes: RandomBytes | undefined;

  constructor(
    connection: ProjectConnection,
    options: {
      readonly now?: (() => number) | undefined;
      readonly randomBytes?: RandomBytes | undefined;
    },
  ) {
    this.connection = connection;
    this.project = connection.project;
    this.graph = connection.project.graph;
    this.store = connection.store;
    this.registered = connection.registered;
    this.now = options.now ?? Date.now;
    this.randomBytes = options.randomBytes;
  }

  /** @throws UnknownAssetError, or the error that makes the asset unusable */
  asset(name: string): RegisteredAsset {
    return requireAsset(this.registered, name);
  }

  /**
   * Makes workers and planners of older projects leave a backfill to others, if this client's
   * project is newer than the one that planned it. Call it before the backfill gets more to run.
   */
  async raiseVersions(id: string, by: ControlOptions): Promise<void> {
    await this.connection.assets.announce();
    await raiseBackfillVersions(this.store, id, versionsOf(this.project).assets, by);
  }

  /** What exists now. Reads assets again that were not registered before. */
  async context(): Promise<PartitionsContext> {
    await this.connection.assets.refresh();
    return planContext(this.store, this.registered, { plannedMs: this.now() });
  }

  /** The statuses of each asset's partitions now. */
  async states(): Promise<PartitionStates> {
    const context = await this.context();
    return new PartitionStates(this.store, this.graph, this.registered, context);
  }
}
