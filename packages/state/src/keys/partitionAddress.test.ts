import { expect, test } from "vitest";
import {
  formatAddress,
  formatLane,
  parseAddress,
  parseLane,
  partitionMapKey,
} from "./partitionAddress.ts";

test.each([
  { lane: "", ordinal: 0, text: ":0" },
  { lane: "", ordinal: -3_653, text: ":-3653" },
  { lane: "7", ordinal: 19_723, text: "7:19723" },
  { lane: "-2.0.11", ordinal: 1_099_511_627_776, text: "-2.0.11:1099511627776" },
])("an address stands in Redis as $text and is read from it", ({ lane, ordinal, text }) => {
  expect(formatAddress(lane, ordinal)).toBe(text);
  expect(parseAddress(text)).toEqual({ lane, ordinal });
});

test("text without an ordinal gives an address with an ordinal that is no integer", () => {
  for (const text of ["a:b", "damaged", "1:2x"])
    expect(Number.isSafeInteger(parseAddress(text).ordinal)).toBe(false);
});

test.each([
  { ordinals: [], lane: "" },
  { ordinals: [5], lane: "5" },
  { ordinals: [-1, 0, 12], lane: "-1.0.12" },
])("lane '$lane' is read as it was written", ({ ordinals, lane }) => {
  expect(formatLane(ordinals)).toBe(lane);
  expect(parseLane(lane)).toEqual(ordinals);
});

test("partitions of other assets, lanes and ordinals have other map keys", () => {
  const keys = ["a", "a1"].flatMap((asset) =>
    ["", "1", "1.1"].flatMap((lane) => [1, 11].map((at) => partitionMapKey(asset, lane, at))),
  );
  expect(new Set(keys).size).toBe(keys.length);
  expect(partitionMapKey("a", "1", 1)).toBe(keys[2]);
});
