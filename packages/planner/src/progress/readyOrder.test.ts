import { integerRange, noIntegers } from "@infill/partitions";
import { expect, test } from "vitest";
import { LaneProgress } from "./laneProgress.ts";
import { sortedReady, spreadReady } from "./readyOrder.ts";

const placeOf = (lane: string) => ({
  ...{ lane, member: 0 },
  ordinalAt: (coordinate: number) => coordinate,
  coordinateAt: (ordinal: number) => ordinal,
});

function readyLane(name: string, size: number): LaneProgress {
  const lane = new LaneProgress(placeOf(name), [0], {
    selected: integerRange(0, size),
    settled: noIntegers,
    failed: noIntegers,
    skipped: noIntegers,
    canceled: noIntegers,
    queued: noIntegers,
  });
  lane.ready.assign(lane.unsettled, lane.queued);
  return lane;
}

/** Picks as text, in their order. */
const shown = (picks: readonly { readonly lane: string; readonly ordinal: number }[]) =>
  picks.map(({ lane, ordinal }) => `${lane}${ordinal}`).join(" ");

test("the oldest and the newest partitions are taken across lanes, in their order", () => {
  const lanes = [readyLane("a", 3), readyLane("b", 5)];
  expect(shown(sortedReady("oldest", lanes, 5))).toBe("a0 b0 a1 b1 a2");
  expect(shown(sortedReady("newest", lanes, 5))).toBe("b4 b3 a2 b2 a1");
  expect(shown(sortedReady("oldest", lanes, 100))).toBe("a0 b0 a1 b1 a2 b2 b3 b4");
  expect(shown(sortedReady("oldest", [], 5))).toBe("");
});

test("partitions taken by spread leave no large part untouched, however many are taken at once", () => {
  const lane = readyLane("a", 10_000);
  const seen: number[] = [];
  for (const count of [1, 2, 5, 12, 30, 50]) {
    const picks = spreadReady([lane], count);
    expect(picks).toHaveLength(count);
    for (const { ordinal } of picks) {
      lane.ready.delete(ordinal);
      seen.push(ordinal);
    }
  }
  expect(new Set(seen).size).toBe(100);
  seen.sort((a, b) => a - b);
  const gaps = seen.map((ordinal, index) => ordinal - (seen[index - 1] ?? 0));
  expect(Math.max(...gaps, 10_000 - (seen.at(-1) ?? 0))).toBeLessThan(600);
});

test("spread takes lanes in turn, and takes everything in the end", () => {
  const lanes = [readyLane("a", 2), readyLane("b", 40), readyLane("c", 40)];
  const some = spreadReady(lanes, 12).map(({ lane }) => lane);
  expect(some.slice(0, 6).sort()).toEqual(["a", "a", "b", "b", "c", "c"]);
  const count = (name: string) => some.filter((lane) => lane === name).length;
  expect(count("a")).toBe(2);
  expect(Math.abs(count("b") - count("c"))).toBeLessThanOrEqual(1);
  expect(spreadReady(lanes, 1_000)).toHaveLength(82);
});
