import { expect, test } from "vitest";
import { partitionsOfJobs } from "./jobPayload.ts";

const partitions = (text: string) =>
  text.split(" ").map((name) => ({ lane: name.slice(0, 1), ordinal: Number(name.slice(1)) }));

const jobs = (text: string, most: number, isPerLane: boolean) =>
  partitionsOfJobs(partitions(text), most, isPerLane ? ({ lane }) => lane : undefined).map((job) =>
    job.map(({ lane, ordinal }) => `${lane}${ordinal}`).join(" "),
  );

test("partitions are divided among jobs in their order, whatever their lanes", () => {
  expect(jobs("a0 b0 c0 a1 b1", 2, false)).toEqual(["a0 b0", "c0 a1", "b1"]);
  expect(jobs("a0 b0 c0", 1, false)).toEqual(["a0", "b0", "c0"]);
});

test("jobs that have to lie in one lane hold the partitions of one", () => {
  expect(jobs("a0 b0 a1 b1 a2", 2, true)).toEqual(["a0 a1", "b0 b1", "a2"]);
});
