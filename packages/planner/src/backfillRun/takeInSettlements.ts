import type { SettlementEvent } from "@infill/state";
import type { PartitionJobs } from "../jobs/partitionJobs.ts";
import type { AssetProgress } from "../progress/assetProgress.ts";
import type { DoomedPartitions } from "../progress/doomedPartitions.ts";
import type { LaneProgress } from "../progress/laneProgress.ts";
import type { Readiness } from "../progress/readiness.ts";
import type { LostJobs } from "../window/lostJobs.ts";

/** What one run knows, and what settlements change of it. */
export interface RunKnowledge {
  readonly assets: ReadonlyMap<string, AssetProgress>;
  readonly jobs: PartitionJobs;
  readonly lostJobs: LostJobs;
  readonly doomed: DoomedPartitions;
  readonly readiness: Readiness;
  /** Told how many partitions have ended one way, one call a change of one lane. */
  onSettled(isFailed: boolean, count: number): void;
}

/**
 * Takes in what the settlement stream says of one backfill. Hearing it twice changes nothing.
 *
 * @returns whether everything has to be read again, since the selection has changed
 */
export function takeInSettlements(
  events: readonly SettlementEvent[],
  { assets, jobs, lostJobs, doomed, readiness, onSettled }: RunKnowledge,
): boolean {
  let hasNewSelection = false;
  const succeeded = new Map<AssetProgress, Map<LaneProgress, number[]>>();
  for (const { asset: name, lane: laneText, change } of events) {
    if (change.kind === "skipped" || change.kind === "refused") continue;
    if (change.kind === "selection") {
      hasNewSelection = true;
      continue;
    }
    const asset = assets.get(name);
    if (asset === undefined) continue;
    if (change.kind === "retrying") {
      jobs.index.delayed(asset, laneText, change.ordinals);
      continue;
    }
    if (change.kind === "released") {
      lostJobs.released(asset, laneText, change.ordinals);
      continue;
    }
    jobs.index.settled(asset, laneText, change.ordinals);
    const hasSucceeded = change.kind === "succeeded";
    const settled = new Map<LaneProgress, number[]>();
    const isRead = change.kind === "failed" || readiness.hasDownstream(asset);
    let count = 0;
    for (const ordinal of change.ordinals) {
      const lane = asset.laneOf(laneText, ordinal);
      if (lane?.settle(ordinal, hasSucceeded) !== true) continue;
      count++;
      if (isRead) addTo(settled, lane, ordinal);
    }
    if (count === 0) continue;
    onSettled(change.kind === "failed", count);
    if (change.kind === "failed")
      for (const [lane, ordinals] of settled) doomed.add(asset, { lane, ordinals }, "stream");
    else if (isRead) {
      const lanes = succeeded.get(asset) ?? new Map<LaneProgress, number[]>();
      succeeded.set(asset, lanes);
      for (const [lane, ordinals] of settled)
        for (const ordinal of ordinals) addTo(lanes, lane, ordinal);
    }
  }
  for (const [asset, lanes] of succeeded) {
    const picks = Array.from(lanes, ([lane, ordinals]) => ({ lane, ordinals }));
    readiness.succeeded(asset, asset.subsetOfPicks(picks));
  }
  return hasNewSelection;
}

function addTo(lanes: Map<LaneProgress, number[]>, lane: LaneProgress, ordinal: number): void {
  const known = lanes.get(lane);
  if (known === undefined) lanes.set(lane, [ordinal]);
  else known.push(ordinal);
}
