import { integerRange, integersFromSorted, noIntegers } from "@infill/partitions";
import { expect, test } from "vitest";
import { LaneProgress, type LanePlanes } from "./laneProgress.ts";

/** A lane of five partitions whose ordinals are 10 to 14 in reverse order, but that 14 has left the definition. */
function reversedLane(planes: Partial<LanePlanes>): LaneProgress {
  const none = { settled: noIntegers, failed: noIntegers, skipped: noIntegers };
  return new LaneProgress(
    {
      lane: "",
      member: 0,
      ordinalAt: (coordinate) => 13 - coordinate,
      coordinateAt: (ordinal) => (ordinal < 14 ? 13 - ordinal : undefined),
    },
    [],
    { ...none, canceled: noIntegers, queued: noIntegers, selected: integerRange(0, 4), ...planes },
  );
}

test("the ordinals of what is queued come in the order of the definition", () => {
  const lane = reversedLane({ queued: integersFromSorted([0, 2]) });
  expect(lane.ordinalsOf(lane.queued.toSet())).toEqual([13, 11]);
  expect([10, 11, 12, 13, 14].filter((ordinal) => lane.isQueued(ordinal))).toEqual([11, 13]);
});

test("a partition settles once, and one that has left the definition never", () => {
  const lane = reversedLane({ queued: integersFromSorted([1]) });
  expect(lane.settle(12, true)).toBe(true);
  expect(lane.settle(12, true)).toBe(false);
  expect(lane.settle(14, true)).toBe(false);
  expect(lane.isQueued(12)).toBe(false);
  expect(lane.unsettled.count).toBe(3);
  expect(lane.outstanding.count).toBe(3);
});

test("what failed or was skipped is lost, and what succeeded is not", () => {
  const lane = reversedLane({});
  expect(lane.lost()).toEqual([]);
  lane.settle(13, true);
  lane.settle(10, false);
  expect(lane.lost()).toEqual([10]);
});

test("a reserved partition leaves what is ready, and only one in the window is queued", () => {
  const lane = reversedLane({});
  lane.ready.addAll(integerRange(0, 4));
  expect(lane.takeReady(13, true)).toBe(true);
  expect(lane.takeReady(12, false)).toBe(true);
  expect(lane.takeReady(14, true)).toBe(false);
  expect(lane.ordinalsOf(lane.ready.toSet())).toEqual([11, 10]);
  expect(lane.ordinalsOf(lane.queued.toSet())).toEqual([13]);
});
