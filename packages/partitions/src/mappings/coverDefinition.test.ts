import { expect, test } from "vitest";
import { daily, hourly, monthly } from "../definitions/cadences.ts";
import { coverDefinition } from "./coverDefinition.ts";
import { dynamicPartitions } from "../definitions/dynamicPartitions.ts";
import { fingerprintOf } from "../definitions/fingerprint.ts";
import { multi } from "../definitions/multiPartitions.ts";
import { partitionKeyAt, requirePartition } from "../definitions/partitionAnswers.ts";
import type { PartitionsDefinition } from "../definitions/partitionsDefinition.ts";
import { staticPartitions } from "../definitions/staticPartitions.ts";

const context = { nowMs: Date.UTC(2025, 0, 1) };
const days = (timezone: string) => daily({ start: "2024-01-01", timezone });
const hours = (timezone: string) => hourly({ start: "2024-01-01", timezone });

/** The key that a key of one definition has in another; undefined for none, "uncovered" where the axes are others. */
function keyIn(
  from: PartitionsDefinition,
  to: PartitionsDefinition,
  key: string,
): string | undefined {
  const covers = coverDefinition(fingerprintOf(from), to);
  if (covers === undefined) return "uncovered";
  const coordinates = requirePartition(from, key, context);
  const mapped = coordinates.map((coordinate, axis) => covers[axis]?.toPresent(coordinate));
  const known = mapped.filter((coordinate) => coordinate !== undefined);
  return known.length < mapped.length ? undefined : partitionKeyAt(to, known, context);
}

test.each([
  [
    "hours of a zone whose clock changes",
    hours("America/New_York"),
    hours("UTC"),
    "2024-07-01-20:00",
    "2024-07-02-00:00",
  ],
  [
    "the second of a repeated hour",
    hours("UTC"),
    hours("America/New_York"),
    "2024-11-03-06:00",
    "2024-11-03-01:00-0500",
  ],
  [
    "days of zones with one offset",
    days("Asia/Tokyo"),
    days("Asia/Seoul"),
    "2024-03-05",
    "2024-03-05",
  ],
  [
    "days of a zone that is UTC in winter",
    days("UTC"),
    days("Europe/London"),
    "2024-02-05",
    "2024-02-05",
  ],
] as const)("%s lie where the same windows lie", (_, from, to, key, expected) => {
  expect(keyIn(from, to, key)).toBe(expected);
  expect(keyIn(to, from, expected)).toBe(key);
});

test.each([
  ["summer days of London in UTC", days("Europe/London"), days("UTC"), "2024-07-05"],
  ["days in hours", days("UTC"), hours("UTC"), "2024-07-05"],
  ["hours in days", hours("UTC"), days("UTC"), "2024-07-05-00:00"],
  ["days in months", days("UTC"), monthly({ start: "2024-01-01" }), "2024-07-01"],
] as const)("%s lie nowhere", (_, from, to, key) => {
  expect(keyIn(from, to, key)).toBeUndefined();
});

const regions = staticPartitions(["us", "eu"]);

test("of several dimensions each lies where it does, and the others stay", () => {
  const from = multi({ at: hours("America/New_York"), region: regions });
  const to = multi({ at: hours("UTC"), region: regions });
  expect(keyIn(from, to, "2024-07-01-20:00|eu")).toBe("2024-07-02-00:00|eu");
});

test.each([
  ["a dimension that was added", days("UTC"), multi({ date: days("UTC"), region: regions })],
  ["a dimension that went", multi({ date: days("UTC"), region: regions }), days("UTC")],
  [
    "a dimension of another name",
    multi({ a: days("UTC"), b: regions }),
    multi({ a: days("UTC"), c: regions }),
  ],
  ["an axis of another kind", regions, dynamicPartitions({ name: "regions" })],
  [
    "dynamic partitions of another name",
    dynamicPartitions({ name: "a" }),
    dynamicPartitions({ name: "b" }),
  ],
] as const)("%s covers nothing", (_, from, to) => {
  expect(coverDefinition(fingerprintOf(from), to)).toBeUndefined();
});
