import { integerRange, noIntegers } from "@infill/partitions";
import { expect, test } from "vitest";
import { LaneProgress } from "./laneProgress.ts";
import { type LanePick, lanesInTurn, sortedReady, spreadReady } from "./readyOrder.ts";

function readyLane(name: string, size: number): LaneProgress {
  const lane = new LaneProgress(name, [0], {
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

const shown = (picks: readonly LanePick[]) =>
  Object.fromEntries(picks.map(({ lane, ordinals }) => [lane.lane, ordinals]));

test("the oldest and the newest partitions are taken across lanes", () => {
  const lanes = [readyLane("a", 3), readyLane("b", 5)];
  expect(shown(sortedReady("oldest", lanes, 5))).toEqual({ a: [0, 1, 2], b: [0, 1] });
  expect(shown(sortedReady("newest", lanes, 5))).toEqual({ a: [2, 1], b: [4, 3, 2] });
  expect(shown(sortedReady("oldest", [], 5))).toEqual({});
});

test("partitions taken by spread leave no large part untouched, however many are taken at once", () => {
  const lane = readyLane("a", 10_000);
  const seen: number[] = [];
  for (const count of [1, 2, 5, 12, 30, 50]) {
    const [pick] = spreadReady([lane], count);
    expect(pick?.ordinals).toHaveLength(count);
    for (const ordinal of pick?.ordinals ?? []) {
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
  const some = shown(spreadReady(lanes, 12));
  expect(some["a"]).toHaveLength(2);
  expect(Math.abs((some["b"]?.length ?? 0) - (some["c"]?.length ?? 0))).toBeLessThanOrEqual(1);
  const all = spreadReady(lanes, 1_000);
  expect(all.reduce((sum, { ordinals }) => sum + ordinals.length, 0)).toBe(82);
});

test("lanes are taken in turn", () => {
  const of = (text: string) => Array.from(text, (lane) => ({ lane }));
  expect(
    lanesInTurn(of("aaabbc"))
      .map(({ lane }) => lane)
      .join(""),
  ).toBe("abcaba");
});
