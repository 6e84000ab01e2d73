import type { PartitionAddress } from "@infill/state";
import type { AdmissionAnswer } from "./admission.ts";
import type { LaneProgress } from "./laneProgress.ts";

/** Partitions of one lane, by ordinal. */
export interface LanePick {
  readonly lane: LaneProgress;
  readonly ordinals: number[];
}

/** Answers for a ready partition whether the caps permit it, and counts it if so. */
export type Offer = (lane: LaneProgress, ordinal: number) => AdmissionAnswer;

const admitAll: Offer = () => "admitted";

/**
 * The oldest or newest ready partitions over all lanes, in the order of the bit axis. They stay
 * ready.
 *
 * @param lanes those with ready partitions
 * @param count at most this many
 * @param offer default: permits all
 */
export function sortedReady(
  order: "oldest" | "newest",
  lanes: readonly LaneProgress[],
  count: number,
  offer: Offer = admitAll,
): PartitionAddress[] {
  const picks: PartitionAddress[] = [];
  const isOldest = order === "oldest";
  const sooner = (a: number | undefined, b: number | undefined) => {
    if (a === undefined || b === undefined) return a ?? b;
    return isOldest ? Math.min(a, b) : Math.max(a, b);
  };
  let at: number | undefined;
  for (const { ready } of lanes)
    at = sooner(at, isOldest ? ready.next(-(2 ** 31)) : ready.previous(2 ** 31));
  let left = count;
  let open = lanes;
  while (left > 0 && at !== undefined) {
    let following: number | undefined;
    const closed = new Set<LaneProgress>();
    for (const lane of open) {
      if (left === 0) break;
      const ordinal = lane.ordinalAt(at);
      const answer = lane.ready.has(at) ? offer(lane, ordinal) : "refused";
      if (answer === "closed") {
        closed.add(lane);
        continue;
      }
      if (answer === "admitted") {
        left--;
        picks.push({ lane: lane.lane, ordinal });
      }
      following = sooner(
        following,
        isOldest ? lane.ready.next(at + 1) : lane.ready.previous(at - 1),
      );
    }
    if (closed.size > 0) open = open.filter((lane) => !closed.has(lane));
    at = following;
  }
  return picks;
}

/**
 * The golden ratio's fraction: the fractional parts of its multiples are evenly spread in [0, 1).
 */
const golden = 0.6180339887498949;

/**
 * Ready partitions spread evenly over the ready ones, lanes in turn. Every prefix of the result is
 * evenly spread too, so at any moment no large part of the whole is untouched. They stay ready.
 *
 * @param lanes those with ready partitions
 * @param count at most this many
 * @param offer default: permits all
 */
export function spreadReady(
  lanes: readonly LaneProgress[],
  count: number,
  offer: Offer = admitAll,
): PartitionAddress[] {
  const picks: PartitionAddress[] = [];
  const closed = new Set<LaneProgress>();
  /** Partitions that were offered, whether taken or refused. */
  const offered = new Map<LaneProgress, Set<number>>();
  const total = lanes.reduce((sum, { ready }) => sum + ready.count, 0);
  let left = Math.min(count, total);
  // Each call starts elsewhere, because partitions taken before are no longer ready.
  for (let turn = total; left > 0 && closed.size < lanes.length; turn++) {
    const lane = lanes[turn % lanes.length];
    if (lane === undefined) break;
    if (closed.has(lane)) continue;
    const mine = offered.get(lane) ?? new Set<number>();
    offered.set(lane, mine);
    if (mine.size === lane.ready.count) {
      closed.add(lane);
      continue;
    }
    const first = lane.ready.next(-(2 ** 31)) ?? 0;
    const last = lane.ready.previous(2 ** 31) ?? 0;
    const fraction = (turn * golden) % 1;
    let at = lane.ready.next(first + Math.floor(fraction * (last - first + 1))) ?? first;
    while (mine.has(at)) at = lane.ready.next(at + 1) ?? first;
    mine.add(at);
    const ordinal = lane.ordinalAt(at);
    const answer = offer(lane, ordinal);
    if (answer === "closed") closed.add(lane);
    if (answer !== "admitted") continue;
    picks.push({ lane: lane.lane, ordinal });
    left--;
  }
  return picks;
}
