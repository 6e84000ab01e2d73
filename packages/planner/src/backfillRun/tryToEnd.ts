import { type BackfillRecord, forgetClaims, inGroups, readCountersOfAssets } from "@infill/state";
import { crashPoint } from "@infill/core";
import type { AssetProgress } from "../progress/assetProgress.ts";
import { endBackfill } from "@infill/planning";
import type { RunEnvironment } from "../window/runEnvironment.ts";

/** The result of checking whether a backfill can end. */
export type EndAttempt =
  | { readonly kind: "ended" }
  /** Some partition has no outcome yet. */
  | { readonly kind: "open" }
  /**
   * By its counters an asset has partitions without an outcome that the planner's memory does not
   * have.
   */
  | { readonly kind: "behind"; readonly asset: string }
  /** Its status changed, or partitions were added, since its record was read. */
  | { readonly kind: "outdated" };

/** Ends a backfill if every partition has an outcome. */
export async function tryToEndSettled(
  environment: RunEnvironment,
  record: BackfillRecord,
  assets: ReadonlyMap<string, AssetProgress>,
): Promise<EndAttempt> {
  for (const asset of assets.values()) if (asset.count("unsettled") > 0) return { kind: "open" };
  let selected = 0;
  let succeeded = 0;
  const { assets: names } = record.header;
  const all = await readCountersOfAssets(environment.store, names, record.id);
  for (const [at, asset] of names.entries()) {
    const counters = all[at];
    if (counters === undefined) continue;
    const settled = counters.succeeded + counters.failed + counters.skipped + counters.canceled;
    if (settled < counters.selected) return { kind: "behind", asset };
    // Canceled partitions are no failure of the backfill.
    selected += counters.selected - counters.canceled;
    succeeded += counters.succeeded;
  }
  const to = succeeded >= selected * record.settings.minSuccessRatio ? "succeeded" : "failed";
  await forgetAllClaims(environment, record);
  crashPoint("before:end");
  const hasEnded = await endBackfill(environment, record, to, ["running", "paused"]);
  crashPoint("after:end");
  return { kind: hasEnded ? "ended" : "outdated" };
}

/**
 * Ends a backfill that is being canceled once none of its partitions runs. Call it after sweeping
 * its window.
 */
export async function tryToEndCanceled(
  environment: RunEnvironment,
  record: BackfillRecord,
): Promise<Exclude<EndAttempt, { readonly kind: "behind" }>> {
  const counters = await readCountersOfAssets(environment.store, record.header.assets, record.id);
  if (counters.some((each) => (each?.inProgress ?? 0) > 0)) return { kind: "open" };
  await forgetAllClaims(environment, record);
  const hasEnded = await endBackfill(environment, record, "canceled", ["canceling"]);
  return { kind: hasEnded ? "ended" : "outdated" };
}

async function forgetAllClaims(
  { store }: RunEnvironment,
  { id, header }: BackfillRecord,
): Promise<void> {
  await inGroups(header.assets, (asset) => forgetClaims(store, asset, id));
}
