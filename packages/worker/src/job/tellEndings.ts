import type { Release, Settlement } from "@infill/state";
import type { AssetWork } from "../claim/assetWork.ts";
import type { Again, Ending, PartitionStart } from "./partitionStart.ts";

/** A start and how it ended. */
export interface EndedStart {
  readonly start: PartitionStart;
  readonly ending: Ending;
}

/** When to deliver the job of starts again: after the longest delay; undefined for never. */
export function againAfter(ended: readonly EndedStart[]): Again | undefined {
  return ended.reduce<Again | undefined>(
    (again, { ending }) =>
      ending !== "lost" && "release" in ending ? laterOf(again, ending.again) : again,
    undefined,
  );
}

/** Tells Redis how starts of one backfill ended, together. */
export async function tellEndings(work: AssetWork, ended: readonly EndedStart[]): Promise<void> {
  const settlements: Settlement[] = [];
  const settled: PartitionStart[] = [];
  const releases: Release[] = [];
  for (const { start, ending } of ended) {
    if (ending === "lost") work.lose(start.place.claimNumber);
    else if ("settlement" in ending) {
      settlements.push(ending.settlement);
      settled.push(start);
    } else releases.push(ending.release);
  }
  const [answers] = await Promise.all([work.settleAll(settlements), work.releaseAll(releases)]);
  for (const [index, start] of settled.entries()) {
    const settlement = settlements[index];
    if (answers[index] === "refused")
      start.log.warn("a settlement came too late; the partition has another claim now");
    else if (start.isDebugLogged && settlement !== undefined)
      start.log.debug?.(`a partition ${settlement.outcome}`, {
        outcome: settlement.outcome,
        durationMs: Math.round(settlement.durationMs),
      });
  }
}

/** Both of two wishes to deliver a job again: after the longer delay. */
export function laterOf(one: Again | undefined, other: Again | undefined): Again | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return {
    delayMs: Math.max(one.delayMs, other.delayMs),
    isWhole: one.isWhole === true || other.isWhole === true,
  };
}
