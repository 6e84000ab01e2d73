import { expect, test } from "vitest";
import { picksForJobs } from "./picksForJobs.ts";

/** Partitions as text: "a0 b0" are the first ones of two lanes. */
const partitions = (text: string) =>
  text.split(" ").map((name) => ({ lane: name.slice(0, 1), ordinal: Number(name.slice(1)) }));

const picked = (ready: string, room: number, perJob: number, isPerLane: boolean) =>
  picksForJobs(
    (count) => partitions(ready).slice(0, count),
    room,
    perJob,
    isPerLane ? ({ lane }) => lane : undefined,
  )
    .map(({ lane, ordinal }) => `${lane}${ordinal}`)
    .join(" ");

test("jobs of any lanes are filled in the order of the partitions, neighbors or not", () => {
  expect(picked("a0 b0 a1 b1 a9 b9 c1", 2, 3, false)).toBe("a0 b0 a1 b1 a9 b9");
});

test("jobs of one lane each are filled as far as lanes allow", () => {
  expect(picked("a0 a1 a2 a3 a4 a5", 2, 2, true)).toBe("a0 a1 a2 a3");
  expect(picked("a0 a1 a2 b0 b1 c0", 2, 3, true)).toBe("a0 a1 a2 b0");
  // Three lanes need three jobs, and there is room for two.
  expect(picked("a0 b0 c0 a1 b1 c1", 2, 3, true)).toBe("a0 b0");
});

test("where one partition makes a job, as many are picked as there is room for", () => {
  expect(picked("a0 b0 c0 a1", 3, 1, true)).toBe("a0 b0 c0");
});
