import type { BackfillSettings } from "@infill/core";
import type { AssetSpan } from "../shared/keySpan.ts";

/** The effects of a change on a backfill's partitions. */
export interface ChangeEffects {
  readonly settings: BackfillSettings;
  readonly added: number;
  readonly dropped: number;
  /** With `dryRun`, the partitions by asset in topological order. */
  readonly sets?: { readonly added: readonly AssetSpan[]; readonly dropped: readonly AssetSpan[] };
}
