import type { BackfillSettings, SettingChanges } from "@infill/core";

/** How a running backfill is changed: its settings, and which partitions it runs. What is left out stays. */
export interface BackfillChanges extends SettingChanges {
  /**
   * Partition text of what it shall run as well, as in its request: of the assets without a selected upstream; the rest
   * follows. Only what existed when it was planned, and only assets that it runs already.
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
}
