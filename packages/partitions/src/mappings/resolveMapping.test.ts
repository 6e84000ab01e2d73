import { describe, expect, test } from "vitest";
import type { PartitionsContext } from "../context/partitionsContext.ts";
import { daily, hourly, weekly } from "../definitions/cadences.ts";
import { dynamicPartitions } from "../definitions/dynamicPartitions.ts";
import { multi } from "../definitions/multiPartitions.ts";
import { staticPartitions } from "../definitions/staticPartitions.ts";
import { unpartitioned } from "../definitions/unpartitioned.ts";
import { InfillError } from "../errors/infillError.ts";
import { countSubset, isEmptySubset } from "../subsets/partitionsSubset.ts";
import { subsetFromKeys } from "../subsets/subsetFromKeys.ts";
import { subsetKeys } from "../subsets/subsetKeys.ts";
import { allPartitions } from "../subsets/subsetAlgebra.ts";
import { downstreamOf, upstreamOf } from "./edge.ts";
import {
  allPartitionsMapping,
  dimensionMapping,
  identityMapping,
  latestOverlapping,
  multiMapping,
  specificPartitions,
  staticMapping,
  timeWindowMapping,
  trailingWindows,
} from "./partitionMapping.ts";
import { resolveMapping } from "./resolveMapping.ts";

const days = daily({ start: "2024-01-01" });
const hours = hourly({ start: "2024-01-01" });
const berlin = daily({ start: "2024-01-01", timezone: "Europe/Berlin" });
const letters = staticPartitions(["a", "b"]);
const regions = staticPartitions(["us", "eu"]);
const customers = dynamicPartitions({ name: "customers" });
const grid = multi({ date: days, region: regions });
const context: PartitionsContext = { nowMs: Date.UTC(2024, 0, 11) };

describe("the default of a pair of definitions", () => {
  test.each([
    ["un-partitioned above", unpartitioned, days, allPartitionsMapping()],
    ["un-partitioned below", letters, unpartitioned, allPartitionsMapping()],
    ["two cadences", hours, days, timeWindowMapping()],
    ["two lists", letters, regions, identityMapping()],
    ["a list and dynamic keys", letters, customers, identityMapping()],
    ["a dimension above", grid, days, dimensionMapping({ dimension: "date" })],
    ["a dimension below, of another cadence", hours, grid, dimensionMapping({ dimension: "date" })],
    [
      "the same dimensions",
      grid,
      multi({ date: daily({ start: "2020-01-01" }), region: letters }),
      identityMapping(),
    ],
  ])("%s", (_, upstream, downstream, expected) => {
    expect(resolveMapping(upstream, downstream, undefined)).toEqual(expected);
  });
});

describe("a mapping is refused, with what to write instead", () => {
  const other = multi({ day: days, area: regions });
  test.each([
    [
      "B52: a cadence and a list",
      hours,
      letters,
      undefined,
      "INFILL_MAPPING_INCOMPATIBLE",
      "allPartitionsMapping()",
    ],
    [
      "B52: different dimensions",
      grid,
      other,
      undefined,
      "INFILL_MAPPING_INCOMPATIBLE",
      "multiMapping(",
    ],
    ["two zones", days, berlin, undefined, "INFILL_MAPPING_TIMEZONE_MISMATCH", "acrossTimezones"],
    [
      "B55: identity across cadences",
      hours,
      days,
      identityMapping(),
      "INFILL_MAPPING_INCOMPATIBLE",
      "timeWindowMapping()",
    ],
    [
      "B55: identity across zones",
      days,
      berlin,
      identityMapping(),
      "INFILL_MAPPING_INCOMPATIBLE",
      "timeWindowMapping({ acrossTimezones: true })",
    ],
    [
      "windows of what has none",
      letters,
      days,
      timeWindowMapping(),
      "INFILL_MAPPING_NOT_TIME_WINDOW",
      "allPartitionsMapping",
    ],
    [
      "windows of dimensions",
      grid,
      days,
      timeWindowMapping(),
      "INFILL_MAPPING_NOT_TIME_WINDOW",
      "dimensionMapping",
    ],
    [
      "the latest of what has no windows",
      letters,
      days,
      latestOverlapping(),
      "INFILL_MAPPING_NOT_TIME_WINDOW",
      "allPartitionsMapping",
    ],
    [
      "B53: an unknown dimension",
      grid,
      days,
      dimensionMapping({ dimension: "day" }),
      "INFILL_DIMENSION_UNKNOWN",
      '"date"',
    ],
    [
      "B53: an unknown downstream dimension",
      grid,
      other,
      multiMapping({ date: { dimension: "date" } }),
      "INFILL_DIMENSION_UNKNOWN",
      '"day"',
    ],
    [
      "B53: two dimensions to one",
      grid,
      other,
      multiMapping({
        date: { dimension: "day", mapping: allPartitionsMapping() },
        region: { dimension: "day", mapping: allPartitionsMapping() },
      }),
      "INFILL_MAPPING_INVALID",
      '"day"',
    ],
    [
      "dimensions where there are none",
      letters,
      regions,
      multiMapping({}),
      "INFILL_MAPPING_INCOMPATIBLE",
      'staticMapping({ a: "us" })',
    ],
    [
      "a dimension of neither side",
      letters,
      regions,
      dimensionMapping(),
      "INFILL_MAPPING_INCOMPATIBLE",
      "dimensionMapping",
    ],
    [
      "a dimension that does not suggest itself",
      multi({ x: letters, y: letters }),
      letters,
      undefined,
      "INFILL_MAPPING_DIMENSION_REQUIRED",
      "dimensionMapping({ dimension:",
    ],
    [
      "a table with an unknown key",
      letters,
      regions,
      staticMapping({ c: "us" }),
      "INFILL_MAPPING_KEY_UNKNOWN",
      '"c"',
    ],
    [
      "a table that feeds an unknown key",
      letters,
      regions,
      staticMapping({ a: "uss" }),
      "INFILL_MAPPING_KEY_UNKNOWN",
      '"us"',
    ],
    [
      "a table for what is no list",
      days,
      regions,
      staticMapping({}),
      "INFILL_MAPPING_INCOMPATIBLE",
      "staticMapping",
    ],
    [
      "a specific key that the upstream lacks",
      letters,
      regions,
      specificPartitions(["z"]),
      "INFILL_MAPPING_KEY_UNKNOWN",
      '"z"',
    ],
    [
      "dimensions inside a dimension",
      grid,
      days,
      dimensionMapping({ dimension: "date", mapping: dimensionMapping() }),
      "INFILL_MAPPING_INVALID",
      "dimension",
    ],
  ])("%s", (_, upstream, downstream, mapping, code, named) => {
    let thrown: unknown;
    try {
      resolveMapping(upstream, downstream, mapping);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(InfillError);
    expect(thrown).toMatchObject({ code, message: expect.stringContaining(named) });
  });

  test.each([
    () => timeWindowMapping({ startOffset: 1 }),
    () => timeWindowMapping({ endOffset: 0.5 }),
    () => timeWindowMapping({ startOffset: -2_000_000 }),
    () => trailingWindows(0),
    () => specificPartitions([]),
  ])("when it is created, for invalid options (%#)", (build) => {
    expect(build).toThrow(expect.objectContaining({ code: "INFILL_MAPPING_INVALID" }));
  });
});

describe("a mapping", () => {
  test("across zones relates windows by instants, if the option permits it", () => {
    const edge = {
      upstream: days,
      downstream: berlin,
      mapping: timeWindowMapping({ acrossTimezones: true }),
    };
    const needed = upstreamOf(edge, subsetFromKeys(berlin, ["2024-01-05"], context), context);
    expect([...subsetKeys(needed.subset, context)]).toEqual(["2024-01-04", "2024-01-05"]);
  });

  test("to its own past gives an asset's first partition nothing to wait for", () => {
    const edge = {
      upstream: days,
      downstream: days,
      mapping: timeWindowMapping({ startOffset: -1, endOffset: -1 }),
    };
    const first = upstreamOf(edge, subsetFromKeys(days, ["2024-01-01"], context), context);
    expect([
      isEmptySubset(first.subset),
      isEmptySubset(first.nonexistent),
      first.unknownKeys,
    ]).toEqual([true, true, []]);
    expect([
      ...subsetKeys(
        upstreamOf(edge, subsetFromKeys(days, ["2024-01-03"], context), context).subset,
        context,
      ),
    ]).toEqual(["2024-01-02"]);
  });

  test("by trailing windows takes the window and those before it", () => {
    const edge = { upstream: days, downstream: days, mapping: trailingWindows(3) };
    expect([
      ...subsetKeys(
        upstreamOf(edge, subsetFromKeys(days, ["2024-01-05"], context), context).subset,
        context,
      ),
    ]).toEqual(["2024-01-03", "2024-01-04", "2024-01-05"]);
  });

  test("names required keys that the upstream has never had", () => {
    const edge = {
      upstream: letters,
      downstream: staticPartitions(["b", "c"]),
      mapping: identityMapping(),
    };
    const needed = upstreamOf(edge, allPartitions(edge.downstream, context), context);
    expect([[...subsetKeys(needed.subset, context)], needed.unknownKeys]).toEqual([["b"], ["c"]]);
  });

  test("maps an empty subset to an empty one", () => {
    const edge = { upstream: days, downstream: letters, mapping: allPartitionsMapping() };
    const none = subsetFromKeys(letters, [], context);
    expect(isEmptySubset(upstreamOf(edge, none, context).subset)).toBe(true);
    expect(isEmptySubset(downstreamOf(edge, subsetFromKeys(days, [], context), context))).toBe(
      true,
    );
  });

  test("refuses a subset of another definition, and names both", () => {
    const edge = {
      upstream: days,
      downstream: weekly({ start: "2024-01-01" }),
      mapping: timeWindowMapping(),
    };
    expect(() => downstreamOf(edge, allPartitions(hours, context), context)).toThrow(
      expect.objectContaining({ code: "INFILL_DEFINITION_MISMATCH" }),
    );
  });

  test("joins one dimension and fans the others out", () => {
    const edge = {
      upstream: grid,
      downstream: days,
      mapping: resolveMapping(grid, days, undefined),
    };
    expect(
      countSubset(upstreamOf(edge, subsetFromKeys(days, ["2024-01-05"], context), context).subset),
    ).toBe(2);
  });
});
