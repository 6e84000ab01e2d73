import { expect, test } from "vitest";
import { durationSpanText } from "./durationSpanText.ts";

test.each([
  [0, 300, "under 1 s"],
  [1_200, 1_200, "about 2 s"],
  [40_000, 40_000, "about 40 s"],
  [300, 4_000, "0–4 s"],
  [370_000, 530_000, "6–9 min"],
  [90_000, 119_000, "90–119 s"],
  [3 * 3_600_000, 5.5 * 3_600_000, "3–6 h"],
  [40 * 86_400_000, 50 * 86_400_000, "40–50 days"],
])("from %i to %i ms is %s", (lowMs, highMs, text) => {
  expect(durationSpanText({ lowMs, highMs })).toBe(text);
});
