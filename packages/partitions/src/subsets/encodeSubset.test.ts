import { describe, expect, test } from "vitest";
import type { PartitionsContext } from "../context/partitionsContext.ts";
import { daily, hourly } from "../definitions/cadences.ts";
import { multi } from "../definitions/multiPartitions.ts";
import type { PartitionsDefinition } from "../definitions/partitionsDefinition.ts";
import { staticPartitions } from "../definitions/staticPartitions.ts";
import { decodeSubset, encodeSubset } from "./encodeSubset.ts";
import { allPartitions } from "./subsetAlgebra.ts";
import { subsetFromKeys } from "./subsetFromKeys.ts";
import { subsetKeys } from "./subsetKeys.ts";

const context: PartitionsContext = { nowMs: Date.UTC(2024, 0, 11) };
const keysAfter = (
  before: PartitionsDefinition,
  keys: readonly string[],
  after: PartitionsDefinition,
): string[] => [
  ...subsetKeys(decodeSubset(after, encodeSubset(subsetFromKeys(before, keys, context))), context),
];

describe("an encoded subset means the same keys after", () => {
  test("static keys were inserted in front, reordered or removed", () => {
    const before = staticPartitions(["us", "eu", "jp"]);
    expect(keysAfter(before, ["us", "jp"], staticPartitions(["ap", "us", "eu", "jp"]))).toEqual([
      "us",
      "jp",
    ]);
    expect(keysAfter(before, ["us", "jp"], staticPartitions(["jp", "eu", "us"]))).toEqual([
      "jp",
      "us",
    ]);
    expect(keysAfter(before, ["us", "jp"], staticPartitions(["jp", "eu"]))).toEqual(["jp"]);
  });

  test("a start moved five years earlier or later, and an end moved", () => {
    const before = daily({ start: "2020-01-01", timezone: "Europe/Berlin" });
    for (const start of ["2015-01-01", "2024-01-01"]) {
      const after = daily({ start, end: "2030-01-01", timezone: "Europe/Berlin" });
      expect(keysAfter(before, ["2024-01-03", "2024-01-05"], after)).toEqual([
        "2024-01-03",
        "2024-01-05",
      ]);
    }
  });

  test("the keys of a dimension changed", () => {
    const before = multi({
      date: daily({ start: "2024-01-01" }),
      region: staticPartitions(["us", "eu"]),
    });
    const after = multi({
      date: daily({ start: "2023-01-01" }),
      region: staticPartitions(["ap", "eu", "us"]),
    });
    expect(keysAfter(before, ["2024-01-02|us", "2024-01-03|eu"], after)).toEqual([
      "2024-01-02|us",
      "2024-01-03|eu",
    ]);
  });
});

describe("decoding refuses, and names both,", () => {
  const days = daily({ start: "2024-01-01" });
  const bytes = encodeSubset(allPartitions(days, context));
  test.each([
    ["another cadence", hourly({ start: "2024-01-01" })],
    ["another zone", daily({ start: "2024-01-01", timezone: "Asia/Tokyo" })],
    ["a dimension's name", multi({ date: days })],
  ])("%s", (_, other) => {
    const refused = expect.objectContaining({
      code: "INFILL_DEFINITION_MISMATCH",
      message: expect.stringContaining("0 0 * * *"),
    });
    expect(() => decodeSubset(other, bytes)).toThrow(refused);
  });

  test("bytes of another version, cut off or changed", () => {
    const invalid = expect.objectContaining({ code: "INFILL_SUBSET_ENCODING_INVALID" });
    expect(() => decodeSubset(days, Uint8Array.of(2, ...bytes.slice(1)))).toThrow(invalid);
    for (let length = 0; length < bytes.length; length++)
      expect(() => decodeSubset(days, bytes.slice(0, length))).toThrow();
    expect(() => decodeSubset(days, Uint8Array.of(...bytes, 0))).toThrow(invalid);
  });
});

test("the whole of ten million partitions takes less than a kilobyte", () => {
  const grid = multi({
    date: daily({ start: "1970-01-01" }),
    region: staticPartitions(Array.from({ length: 20 }, (_, index) => `r${index}`)),
  });
  expect(encodeSubset(allPartitions(grid, { nowMs: Date.UTC(3000, 0) })).length).toBeLessThan(1000);
});
