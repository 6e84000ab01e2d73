import type { BackfillSettings, SettingChanges } from "@infill/core";
import type { AssetSpan } from "../shared/keySpan.ts";

/**
 * Changes of a running backfill's settings and selection. Properties that are left out do not
 * change.
 */
export interface BackfillChanges extends SettingChanges {
  /**
   * Partition text to add, as in the request. Selects only partitions that existed at the plan's
   * moment, and only in assets that the backfill runs already.
   */
  readonly add?: string;
  /**
   * Partition text to drop, together with everything that depends on it. Leaves alone what has
   * settled or runs.
   */
  readonly drop?: string;
}

/** The effects of a change on a backfill's partitions. */
export interface ChangeEffects {
  readonly settings: BackfillSettings;
  readonly added: number;
  readonly dropped: number;
  /** With `dryRun`, the partitions by asset in topological order. */
  readonly sets?: { readonly added: readonly AssetSpan[]; readonly dropped: readonly AssetSpan[] };
}
