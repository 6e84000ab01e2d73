import { expect, test } from "vitest";
import { parseDuration, shortDuration } from "./duration.ts";

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

test.each(["", "30", "-1s", "1e3s", "0x10s", "1_000ms", "s", "30 s", "5 minutes", "NaNs"])(
  "%j is no duration",
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

test.each(["0s", "100ms", "1s", "90s", "10m", "24h", "36500d"])(
  "%s is written in the longest unit that needs no fraction",
  (text) => {
    const milliseconds = parseDuration(text) ?? Number.NaN;
    expect(shortDuration(milliseconds)).toBe(text === "24h" ? "1d" : text);
  },
);
