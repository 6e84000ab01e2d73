import type { BackfillSettings, SettingChanges } from "@infill/core";
import type { AssetSpan } from "../shared/keySpan.ts";

/** How a running backfill is changed: its settings, and which partitions it runs. What is left out stays. */
export interface BackfillChanges extends SettingChanges {
  /**
   * Partition text of what it shall run as well; it selects as the partition text of the request does. Only what existed when it was planned, and only assets that it runs already.
   */
  readonly add?: string;
  /** Partition text of what it shall not run, and what depends on that. What has settled or runs is left alone. */
  readonly drop?: string;
}

/** What a change of a backfill does to its partitions. */
export interface ChangeEffects {
  readonly settings: BackfillSettings;
  readonly added: number;
  readonly dropped: number;
  /** Which these are, by asset in topological order, as far as the change is only tried (`dryRun`). */
  readonly sets?: { readonly added: readonly AssetSpan[]; readonly dropped: readonly AssetSpan[] };
}
