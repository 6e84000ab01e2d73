import { type Project, silentLogger } from "@infill/core";
import {
  openStateStore,
  readBackfill,
  type RegisteredAsset,
  registerProject,
  type StateStore,
} from "@infill/state";
import { BackfillRun } from "./backfillRun.ts";
import { connect, type InfillClient } from "@infill/client";
import { PoolQueues } from "@infill/planning";
import type { RunEnvironment } from "../window/runEnvironment.ts";

/**
 * A fixture for tests of a run: a project's state, its queues and a client, without workers and
 * contenders.
 */
export interface RunScene {
  readonly store: StateStore;
  readonly queues: PoolQueues;
  readonly client: InfillClient;
  readonly registered: ReadonlyMap<string, RegisteredAsset>;
  asset(name: string): RegisteredAsset;
  /** Submits a backfill that has something to run. @returns its id */
  submit(request: Parameters<InfillClient["backfills"]["create"]>[0]): Promise<string>;
  /** Loads a backfill like a planner that has just taken it over. */
  load(id: string, differing?: Partial<RunEnvironment>): Promise<BackfillRun>;
  close(): Promise<void>;
}

/** @param nowMs the client's present time, epoch milliseconds */
export async function openRunScene(
  url: string,
  project: Project,
  nowMs: number,
): Promise<RunScene> {
  const store = await openStateStore(url, project.namespace, "test");
  const queues = new PoolQueues(store, "test");
  const client = await connect(project, { redisUrl: url, now: () => nowMs });
  const registered = await registerProject(store, project);
  return {
    ...{ store, queues, client, registered },
    asset(name) {
      const found = registered.get(name);
      if (found === undefined) throw new Error(`asset "${name}" is missing`);
      return found;
    },
    async submit(request) {
      const { id } = await client.backfills.create(request);
      if (id === undefined) throw new Error("nothing was to run");
      return id;
    },
    async load(id, differing = {}) {
      const { graph, pools } = project;
      const environment: RunEnvironment = {
        ...{ store, queues, graph, registered, pools },
        log: silentLogger,
        holdsLease: () => true,
        workers: () => [],
        contenders: () => [],
        ...differing,
      };
      const run = new BackfillRun(environment, await readBackfill(store, id));
      await run.load();
      return run;
    },
    async close() {
      await client.close();
      await queues.close();
      await store.close();
    },
  };
}
