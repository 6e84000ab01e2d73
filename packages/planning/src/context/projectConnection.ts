import type { Project } from "@infill/core";
import type { RegisteredAssets, StateStore } from "@infill/state";
import type { PoolQueues } from "./poolQueues.ts";
import { ProjectAssets } from "./projectAssets.ts";

/** A project and the Redis of its state, for clients and the doctor. */
export class ProjectConnection {
  readonly project: Project;
  readonly store: StateStore;
  readonly assets: ProjectAssets;
  #queues: PoolQueues | undefined;

  private constructor(project: Project, store: StateStore, assets: ProjectAssets) {
    this.project = project;
    this.store = store;
    this.assets = assets;
  }

  /** Reads every asset and registers none. Closing the connection closes the store. */
  static async open(store: StateStore, project: Project): Promise<ProjectConnection> {
    return new ProjectConnection(project, store, await ProjectAssets.open(store, project));
  }

  /** The assets as Redis has them, by name. */
  get registered(): RegisteredAssets {
    return this.assets.known;
  }

  /** The queues of all pools, opened at the first call. */
  async queues(): Promise<PoolQueues> {
    if (this.#queues === undefined) {
      // Import here: BullMQ takes longer to load than most commands take to answer.
      const { PoolQueues } = await import("./poolQueues.ts");
      this.#queues ??= new PoolQueues(this.store, "client");
    }
    return this.#queues;
  }

  async close(): Promise<void> {
    await this.#queues?.close();
    await this.store.close();
  }
}
