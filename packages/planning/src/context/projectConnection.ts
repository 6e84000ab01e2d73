import type { Project } from "@infill/core";
import type { RegisteredAssets, StateStore } from "@infill/state";
import type { PoolQueues } from "./poolQueues.ts";
import { ProjectAssets } from "./projectAssets.ts";

/** A project and the Redis that holds its state: what a client and the doctor work with. */
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

  /** Looks at every asset and registers none. The store is closed with the connection. */
  static async open(store: StateStore, project: Project): Promise<ProjectConnection> {
    return new ProjectConnection(project, store, await ProjectAssets.open(store, project));
  }

  /** The assets as Redis knows them, by name. */
  get registered(): RegisteredAssets {
    return this.assets.known;
  }

  /** The queues of all pools, opened when they are first asked for. */
  async queues(): Promise<PoolQueues> {
    if (this.#queues === undefined) {
      // Loaded here, because BullMQ takes longer to load than most commands take to answer.
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
