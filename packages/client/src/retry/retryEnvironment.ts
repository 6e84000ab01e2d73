import type { AssetGraph } from "@infill/core";
import type { RegisteredAsset, StateStore } from "@infill/state";

/** What a retry needs. */
export interface RetryEnvironment {
  readonly store: StateStore;
  readonly graph: AssetGraph;
  readonly registered: ReadonlyMap<string, RegisteredAsset>;
}
