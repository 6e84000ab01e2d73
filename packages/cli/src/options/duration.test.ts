import { expect, test } from "vitest";
import { parseDuration } from "./duration.ts";

test.each([
  ["500ms", 500],
  ["30s", 30_000],
  ["1.5m", 90_000],
  ["2min", 120_000],
  ["1h", 3_600_000],
  ["2d", 172_800_000],
  ["0s", 0],
])("%s is %i ms", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  "",
  "30",
  "-1s",
  "1e3s",
  "0x10s",
  "1_000ms",
  "s",
  "30 s",
  "5 minutes",
  "99999d",
  "NaNs",
])("%j is no duration", (text) => {
  expect(parseDuration(text)).toBeUndefined();
});
