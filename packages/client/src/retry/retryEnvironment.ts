import type { AssetGraph } from "@infill/core";
import type { RegisteredAsset, StateStore } from "@infill/state";
import type { ControlOptions } from "../schemas/controlSchemas.ts";

/** What a retry needs. */
export interface RetryEnvironment {
  readonly store: StateStore;
  readonly graph: AssetGraph;
  readonly registered: ReadonlyMap<string, RegisteredAsset>;
  /** Makes older projects leave a backfill to others (`ClientEnvironment`). */
  raiseVersions(id: string, by: ControlOptions): Promise<void>;
}
