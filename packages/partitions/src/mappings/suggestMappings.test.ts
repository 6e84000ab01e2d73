import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { daily, hourly } from "../definitions/cadences.ts";
import { dynamicPartitions } from "../definitions/dynamicPartitions.ts";
import { multi } from "../definitions/multiPartitions.ts";
import type { PartitionsDefinition } from "../definitions/partitionsDefinition.ts";
import { staticPartitions } from "../definitions/staticPartitions.ts";
import { unpartitioned } from "../definitions/unpartitioned.ts";
import * as mappings from "./partitionMapping.ts";
import { resolveMapping } from "./resolveMapping.ts";
import { suggestionText, suggestMappings } from "./suggestMappings.ts";

const days = daily({ start: "2024-01-01" });
const berlin = daily({ start: "2024-01-01", timezone: "Europe/Berlin" });
const letters = staticPartitions(["a", "b"]);
const regions = staticPartitions(["us", 'e"u']);
const more = staticPartitions(["a", "c"]);
const customers = dynamicPartitions({ name: "customers" });

const definitions: Readonly<Record<string, PartitionsDefinition>> = {
  unpartitioned,
  days,
  hours: hourly({ start: "2024-01-01" }),
  "days of Berlin": berlin,
  letters,
  regions,
  more,
  customers,
  "dates and regions": multi({ date: days, region: regions }),
  "days and areas": multi({ day: days, "the-area": letters }),
  "dates of Berlin and customers": multi({ date: berlin, who: customers }),
  "two lists": multi({ x: letters, y: regions }),
};
const pairs = Object.entries(definitions).flatMap(([up, upstream]) =>
  Object.entries(definitions).map(([down, downstream]) => ({ up, down, upstream, downstream })),
);

describe("what is suggested for two definitions", () => {
  test.each(pairs)("resolves, for $up and $down", ({ upstream, downstream }) => {
    const suggested = suggestMappings(upstream, downstream);
    expect(suggested.length).toBeGreaterThan(0);
    for (const { mapping } of suggested)
      expect(() => resolveMapping(upstream, downstream, mapping)).not.toThrow();
  });

  test.each(pairs)("is written as it is meant, for $up and $down", ({ upstream, downstream }) => {
    for (const { text, mapping } of suggestMappings(upstream, downstream)) {
      const written: unknown = runInNewContext(text, { ...mappings });
      expect(JSON.stringify(written)).toBe(JSON.stringify(mapping));
      expect(suggestionText(upstream, downstream)).toContain(text);
    }
  });

  test.each(pairs)("is a mapping by time only where both are, for $up and $down", (pair) => {
    const areByTime = [pair.upstream, pair.downstream].every(
      ({ kind }) => kind === "timeWindow" || kind === "multi",
    );
    const text = suggestionText(pair.upstream, pair.downstream);
    if (!areByTime) expect(text).not.toContain("timeWindowMapping");
  });

  test.each([
    [
      "letters",
      "regions",
      'write staticMapping({ a: "us" }) (for each upstream key and the keys that it feeds), allPartitionsMapping(), lastPartitionMapping() or specificPartitions(["a"])',
    ],
    [
      "letters",
      "more",
      'write identityMapping() (equal keys), staticMapping({ b: "c" }) (for each upstream key and the keys that it feeds), allPartitionsMapping(), lastPartitionMapping() or specificPartitions(["a"])',
    ],
    [
      "days",
      "days of Berlin",
      "write timeWindowMapping({ acrossTimezones: true }), allPartitionsMapping() or lastPartitionMapping()",
    ],
    ["days", "letters", "write allPartitionsMapping() or lastPartitionMapping()"],
    ["unpartitioned", "days", "write allPartitionsMapping()"],
    [
      "dates and regions",
      "days and areas",
      'write multiMapping({ region: { dimension: "the-area", mapping: staticMapping({ us: "a" }) }, date: { dimension: "day" } }) or allPartitionsMapping()',
    ],
    [
      "dates and regions",
      "days of Berlin",
      'write dimensionMapping({ dimension: "date", mapping: timeWindowMapping({ acrossTimezones: true }) }) or allPartitionsMapping()',
    ],
  ])("reads well for %s and %s", (up, down, expected) => {
    const [upstream, downstream] = [definitions[up], definitions[down]];
    expect(upstream && downstream && suggestionText(upstream, downstream)).toBe(expected);
  });
});
