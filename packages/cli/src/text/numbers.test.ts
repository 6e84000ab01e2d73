import { expect, test } from "vitest";
import { countOf, durationText, instantText, rateText, remainingText } from "./numbers.ts";

test.each([
  [0, "0ms"],
  [999, "999ms"],
  [4_290, "4.2s"],
  [59_999, "59s"],
  [252_000, "4m12s"],
  [3 * 3_600_000 + 5 * 60_000, "3h05m"],
  [51 * 3_600_000, "2d03h"],
  [-5, "0ms"],
])("%i ms is %s", (ms, text) => {
  expect(durationText(ms)).toBe(text);
});

test.each([
  [1, "1 s left"],
  [59_000, "59 s left"],
  [150_000, "3 min left"],
  [125 * 60_000, "2 h 05 min left"],
  [80 * 3_600_000, "3 days left"],
])("%i ms to go is %s", (ms, text) => {
  expect(remainingText(ms)).toBe(text);
});

test("rates under one a second are told by the minute", () => {
  expect([rateText(21.437), rateText(0.5), rateText(12_345.6)]).toEqual([
    "21.4/s",
    "30.0/min",
    "12,346/s",
  ]);
});

test("one partition is singular", () => {
  expect([countOf(1, "partition"), countOf(1_284, "partition")]).toEqual([
    "1 partition",
    "1,284 partitions",
  ]);
});

test("instants lose their fraction of a second in tables", () => {
  expect(instantText("2024-06-01T11:55:48.250Z")).toBe("2024-06-01T11:55:48Z");
});
