import type { Project } from "@infill/core";
import type { PoolQueues } from "@infill/planning";
import type { RegisteredAsset, StateStore } from "@infill/state";

/** What the doctor needs. */
export interface DoctorEnvironment {
  readonly store: StateStore;
  readonly project: Project;
  readonly registered: ReadonlyMap<string, RegisteredAsset>;
  /** Opens the queues; only a repair needs them. */
  queues(): Promise<PoolQueues>;
}
