import { integersFromSorted, noIntegers } from "@infill/partitions";
import { expect, test } from "vitest";
import { LaneProgress } from "../progress/laneProgress.ts";
import { picksForJobs } from "./picksForJobs.ts";
import { sortedReady } from "../progress/readyOrder.ts";

/** Picks from one lane with these partitions ready. */
function pickFrom(ready: readonly number[]) {
  const selected = integersFromSorted([...ready]);
  const none = { settled: noIntegers, failed: noIntegers, skipped: noIntegers };
  const lane = new LaneProgress("", [], {
    ...none,
    canceled: noIntegers,
    selected,
    queued: noIntegers,
  });
  lane.ready.addAll(selected);
  return (count: number) => sortedReady("oldest", [lane], count);
}

const picked = (ready: readonly number[], room: number, perJob: number) =>
  picksForJobs(pickFrom(ready), room, perJob).flatMap(({ ordinals }) => ordinals);

test("neighbors share jobs", () => {
  const neighbors = Array.from({ length: 100 }, (_, at) => at);
  expect(picked(neighbors, 4, 8)).toEqual(neighbors.slice(0, 32));
});

test("scattered partitions take a job each, and only as many are picked as there is room for", () => {
  const scattered = Array.from({ length: 100 }, (_, at) => 3 * at);
  expect(picked(scattered, 4, 8)).toEqual([0, 3, 6, 9]);
});

test("pairs fill the room with about two partitions for each job", () => {
  const pairs = Array.from({ length: 100 }, (_, at) => 4 * (at >> 1) + (at & 1));
  const some = picked(pairs, 10, 8);
  expect(some.length).toBeGreaterThanOrEqual(10);
  expect(some.length).toBeLessThanOrEqual(20);
});

test("a run that is one longer than a job takes two jobs", () => {
  const nines = Array.from({ length: 90 }, (_, at) => 10 * Math.floor(at / 9) + (at % 9));
  expect(picked(nines, 4, 8)).toEqual(nines.slice(0, 18));
});
