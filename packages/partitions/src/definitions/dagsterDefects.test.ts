import { describe, expect, test } from "vitest";
import { dynamicKeys } from "../context/dynamicKeys.ts";
import type { PartitionsContext } from "../context/partitionsContext.ts";
import { downstreamOf, upstreamOf } from "../mappings/edge.ts";
import { dimensionMapping, timeWindowMapping } from "../mappings/partitionMapping.ts";
import { resolveMapping } from "../mappings/resolveMapping.ts";
import { countSubset, isEmptySubset, subsetHas } from "../subsets/partitionsSubset.ts";
import { allPartitions, intersectSubsets, unionSubsets } from "../subsets/subsetAlgebra.ts";
import {
  subsetFromKeys,
  subsetFromKnownKeys,
  subsetFromRange,
  subsetFromTimeWindows,
} from "../subsets/subsetFromKeys.ts";
import { subsetKeys } from "../subsets/subsetKeys.ts";
import { timeWindowsOfSubset } from "../subsets/subsetRanges.ts";
import { cronPartitions, daily, hourly, monthly, weekly } from "./cadences.ts";
import { dynamicPartitions } from "./dynamicPartitions.ts";
import { multi } from "./multiPartitions.ts";
import {
  countPartitions,
  firstPartition,
  lastPartition,
  partitionKeyAt,
  partitionOfKey,
  timeWindowAt,
} from "./partitionAnswers.ts";
import { partitionKeys } from "./partitionKeys.ts";
import type { PartitionsDefinition } from "./partitionsDefinition.ts";
import { staticPartitions } from "./staticPartitions.ts";
import { partitionAtInstant } from "./timeWindowAnswers.ts";
import type { TimeWindowPartitions } from "./timeWindowPartitions.ts";

const at = (instant: string): PartitionsContext => ({ nowMs: Date.parse(instant) });
const keyFormat = "%Y-%m-%d-%H:%M";

/**
 * The keys that exist, each with the UTC instant at which its window begins; every one is parsed
 * back to itself.
 */
function windows(definition: TimeWindowPartitions, now: PartitionsContext): string[] {
  const keys = [...partitionKeys(definition, now)];
  expect(countPartitions(definition, now)).toBe(keys.length);
  expect(new Set(keys).size).toBe(keys.length);
  let endMs: number | undefined;
  return keys.map((key) => {
    const found = partitionOfKey(definition, key, now) ?? [];
    expect(partitionKeyAt(definition, found, now)).toBe(key);
    const window = timeWindowAt(definition, found);
    if (endMs !== undefined) expect(window?.startMs).toBe(endMs);
    endMs = window?.endMs;
    return `${key} ${new Date(window?.startMs ?? 0).toISOString().slice(0, 16)}Z`;
  });
}

const keysOf = (definition: PartitionsDefinition, now: PartitionsContext): string[] => [
  ...partitionKeys(definition, now),
];

describe("where Dagster 1.13.27 is wrong, Infill is right", () => {
  test("a cron with an hour at a gap outside of 01:00 to 03:59 begins after the gap, and says so (São Paulo)", () => {
    const days = cronPartitions({
      cron: "30 0 * * *",
      start: "2018-11-03",
      end: "2018-11-06T00:30",
      timezone: "America/Sao_Paulo",
      keyFormat,
    });
    expect(windows(days, at("2019-01-01T00:00Z"))).toEqual([
      "2018-11-03-00:30 2018-11-03T03:30Z",
      "2018-11-04-01:00 2018-11-04T03:00Z",
      "2018-11-05-00:30 2018-11-05T02:30Z",
    ]);
  });

  test.each([
    [
      "Dublin",
      "Europe/Dublin",
      1,
      "2024-03-30",
      [
        "2024-03-30-01:00 2024-03-30T01:00Z",
        "2024-03-31-02:00 2024-03-31T01:00Z",
        "2024-04-01-01:00 2024-04-01T00:00Z",
      ],
    ],
    [
      "Casablanca",
      "Africa/Casablanca",
      2,
      "2024-04-13",
      [
        "2024-04-13-02:00 2024-04-13T02:00Z",
        "2024-04-14-03:00 2024-04-14T02:00Z",
        "2024-04-15-02:00 2024-04-15T01:00Z",
      ],
    ],
  ])(
    "a day whose hour is skipped begins at the first instant after the gap (%s)",
    (_, timezone, hourOffset, start, expected) => {
      const days = daily({ start, timezone, hourOffset, keyFormat });
      expect(windows(days, at("2024-05-01T00:00Z")).slice(0, 3)).toEqual(expected);
    },
  );

  test("several ticks in a repeated hour each read back as their own window (Berlin)", () => {
    const halves = cronPartitions({
      cron: "*/30 2-4 * * *",
      start: "2024-10-27",
      end: "2024-10-28T03:00",
      timezone: "Europe/Berlin",
      keyFormat,
    });
    expect(windows(halves, at("2025-01-01T00:00Z")).slice(0, 3)).toEqual([
      "2024-10-27-02:00 2024-10-27T01:00Z",
      "2024-10-27-02:30 2024-10-27T01:30Z",
      "2024-10-27-03:00 2024-10-27T02:00Z",
    ]);
  });

  test("ticks in a gap of two hours move to its end and become one (Troll)", () => {
    const crons = cronPartitions({
      cron: "30 1,2 * * *",
      start: "2024-03-30",
      end: "2024-04-01T02:30",
      timezone: "Antarctica/Troll",
      keyFormat,
    });
    expect(windows(crons, at("2025-01-01T00:00Z"))).toEqual([
      "2024-03-30-01:30 2024-03-30T01:30Z",
      "2024-03-30-02:30 2024-03-30T02:30Z",
      "2024-03-31-03:00 2024-03-31T01:00Z",
      "2024-04-01-01:30 2024-03-31T23:30Z",
    ]);
  });

  test("hours begin on the full local hour again after a change of half an hour (Lord Howe)", () => {
    const hours = hourly({
      start: "2024-04-07",
      end: "2024-04-07T05:00",
      timezone: "Australia/Lord_Howe",
    });
    expect(windows(hours, at("2025-01-01T00:00Z"))).toEqual([
      "2024-04-07-00:00 2024-04-06T13:00Z",
      "2024-04-07-01:00 2024-04-06T14:00Z",
      "2024-04-07-02:00 2024-04-06T15:30Z",
      "2024-04-07-03:00 2024-04-06T16:30Z",
      "2024-04-07-04:00 2024-04-06T17:30Z",
    ]);
  });

  test("a day that did not happen is not listed (Samoa, 2011-12-30)", () => {
    const days = daily({ start: "2011-12-29", end: "2012-01-01", timezone: "Pacific/Apia" });
    expect(windows(days, at("2012-02-01T00:00Z"))).toEqual([
      "2011-12-29 2011-12-29T10:00Z",
      "2011-12-31 2011-12-30T10:00Z",
    ]);
  });

  test("a cron for 29 February reads its keys back, counts them, and begins on the day itself", () => {
    const leap = cronPartitions({ cron: "0 0 29 2 *", start: "2016-02-29", keyFormat: "%Y-%m-%d" });
    expect(windows(leap, at("2024-03-01T00:00Z"))).toEqual([
      "2016-02-29 2016-02-29T00:00Z",
      "2020-02-29 2020-02-29T00:00Z",
    ]);
  });

  test("a month that begins on the 29th takes a negative end offset and instants after 29 February", () => {
    const months = monthly({ start: "2024-01-01", dayOffset: 29, endOffset: -1 });
    expect(keysOf(months, at("2024-03-01T12:00Z"))).toEqual([]);
    expect(keysOf(months, at("2024-03-30T12:00Z"))).toEqual(["2024-01-29"]);
    const ordinal = partitionAtInstant(months, Date.UTC(2024, 2, 1, 12)) ?? 0;
    expect(partitionKeyAt(months, [ordinal], at("2024-03-01T12:00Z"))).toBe("2024-02-29");
  });

  test("an end inside the first window leaves no partition", () => {
    const weeks = weekly({ start: "2024-01-07", end: "2024-01-10" });
    const now = at("2024-03-01T00:00Z");
    expect([
      keysOf(weeks, now),
      countPartitions(weeks, now),
      firstPartition(weeks, now),
      lastPartition(weeks, now),
    ]).toEqual([[], 0, undefined, undefined]);
  });

  test("exclusions that leave nothing end the listing", () => {
    const none = daily({ start: "2024-01-01", exclusions: [{ cron: "0 0 * * *" }] });
    expect(keysOf(none, at("2024-03-01T00:00Z"))).toEqual([]);
    expect(keysOf({ ...none, endOffset: 3 }, at("2024-03-01T00:00Z"))).toEqual([]);
  });

  test("a key format too coarse for the cron is refused when it is defined", () => {
    expect(() =>
      cronPartitions({ cron: "0 */6 * * *", start: "2024-01-01", keyFormat: "%Y-%m-%d" }),
    ).toThrow(/%H/);
  });

  test("a missing hour is no key", () => {
    const hours = hourly({ start: "2024-03-01", timezone: "America/New_York" });
    expect(partitionOfKey(hours, "2024-03-10-02:00", at("2024-04-01T00:00Z"))).toBeUndefined();
  });

  test("slices and pages know the end, and a negative or positive end offset", () => {
    const now = at("2024-01-20T00:00Z");
    const ended = daily({ start: "2024-01-01", end: "2024-01-06" });
    expect([...partitionKeys(ended, now, { offset: 3, limit: 10 })]).toEqual([
      "2024-01-04",
      "2024-01-05",
    ]);
    expect([...partitionKeys(ended, now, { limit: 2, descending: true })]).toEqual([
      "2024-01-05",
      "2024-01-04",
    ]);
    expect([...partitionKeys({ ...ended, endOffset: -2 }, now, { offset: 3, limit: 10 })]).toEqual([
      "2024-01-04",
      "2024-01-05",
    ]);
    const open = daily({ start: "2024-01-15", endOffset: -2 });
    expect([...partitionKeys(open, now, { offset: 1, limit: 5 })]).toEqual([
      "2024-01-16",
      "2024-01-17",
    ]);
    const ahead = daily({ start: "2024-01-15", endOffset: 2 });
    const pages = [0, 3, 6].map((offset) => [
      ...partitionKeys(ahead, now, { offset, limit: 3, descending: true }),
    ]);
    expect(pages).toEqual([
      ["2024-01-21", "2024-01-20", "2024-01-19"],
      ["2024-01-18", "2024-01-17", "2024-01-16"],
      ["2024-01-15"],
    ]);
    expect(keysOf(daily({ start: "2024-03-01", endOffset: 2 }), now)).toEqual([]);
  });

  test("an excluded key, or a text between two boundaries, is in no range and no subset", () => {
    const weekdays = daily({ start: "2024-01-01", exclusions: [{ cron: "0 0 * * 6,0" }] });
    const now = at("2024-02-01T00:00Z");
    expect(() => subsetFromRange(weekdays, "2024-01-06", "2024-01-10", now)).toThrow(/2024-01-06/);
    expect(() => subsetFromKeys(weekdays, ["2024-01-06"], now)).toThrow(/2024-01-06/);
    expect(
      isEmptySubset(subsetFromKnownKeys(weekdays, ["2024-01-06", "2024-01-08-12:00"], now)),
    ).toBe(true);
  });

  test("a named dimension decides where two fit", () => {
    const letters = staticPartitions(["a", "b"]);
    const grid = multi({ first: letters, second: letters });
    const now = at("2024-01-01T00:00Z");
    const mapping = resolveMapping(grid, letters, dimensionMapping({ dimension: "second" }));
    const fed = downstreamOf(
      { upstream: grid, downstream: letters, mapping },
      subsetFromKeys(grid, ["a|b"], now),
      now,
    );
    expect([...subsetKeys(fed, now)]).toEqual(["b"]);
  });

  test("a window that extends beyond both ends of the upstream lacks only partitions that do not exist", () => {
    const upstream = daily({ start: "2024-01-03", end: "2024-01-06" });
    const downstream = weekly({ start: "2023-12-31" });
    const now = at("2024-02-01T00:00Z");
    const edge = { upstream, downstream, mapping: timeWindowMapping() };
    const { subset, nonexistent } = upstreamOf(
      edge,
      subsetFromKeys(downstream, ["2023-12-31"], now),
      now,
    );
    expect([...subsetKeys(subset, now)]).toEqual(["2024-01-03", "2024-01-04", "2024-01-05"]);
    expect([...subsetKeys(nonexistent, now)]).toEqual([
      "2023-12-31",
      "2024-01-01",
      "2024-01-02",
      "2024-01-06",
    ]);
  });

  test("a window before the upstream's start lacks every window that it overlaps, including unaligned ones", () => {
    const upstream = daily({ start: "2024-02-01", hourOffset: 6, keyFormat });
    const downstream = daily({ start: "2024-01-01" });
    const now = at("2024-03-01T00:00Z");
    const { nonexistent } = upstreamOf(
      { upstream, downstream, mapping: timeWindowMapping() },
      subsetFromKeys(downstream, ["2024-01-05"], now),
      now,
    );
    expect([...subsetKeys(nonexistent, now)]).toEqual(["2024-01-04-06:00", "2024-01-05-06:00"]);
  });

  test("a window that begins in an excluded stretch does not need the partition before that stretch", () => {
    const upstream = daily({ start: "2024-01-01", exclusions: [{ cron: "0 0 * * 6,0" }] });
    const downstream = weekly({ start: "2024-01-07" });
    const now = at("2024-03-01T00:00Z");
    const edge = { upstream, downstream, mapping: timeWindowMapping() };
    const { subset } = upstreamOf(edge, subsetFromKeys(downstream, ["2024-01-07"], now), now);
    expect([...subsetKeys(subset, now)]).toEqual([
      "2024-01-08",
      "2024-01-09",
      "2024-01-10",
      "2024-01-11",
      "2024-01-12",
    ]);
    const back = downstreamOf(
      { ...edge, upstream: downstream, downstream: upstream },
      subsetFromKeys(downstream, ["2024-01-07"], now),
      now,
    );
    expect([...subsetKeys(back, now)]).toEqual([
      "2024-01-08",
      "2024-01-09",
      "2024-01-10",
      "2024-01-11",
      "2024-01-12",
    ]);
  });

  test("two partitions with only excluded ones between are one window, whether united or built at once", () => {
    const weekdays = daily({ start: "2024-01-01", exclusions: [{ cron: "0 0 * * 6,0" }] });
    const now = at("2024-02-01T00:00Z");
    const [friday, monday] = [
      subsetFromKeys(weekdays, ["2024-01-05"], now),
      subsetFromKeys(weekdays, ["2024-01-08"], now),
    ];
    const both = subsetFromKeys(weekdays, ["2024-01-05", "2024-01-08"], now);
    expect(unionSubsets(friday, monday)).toEqual(both);
    expect(timeWindowsOfSubset(both)).toEqual([
      { startMs: Date.UTC(2024, 0, 5), endMs: Date.UTC(2024, 0, 9) },
    ]);
  });

  test("a definition without partitions has an empty subset of everything, which keeps no future windows", () => {
    const none = daily({ start: "2030-01-01" });
    const now = at("2024-01-01T00:00Z");
    const all = allPartitions(none, now);
    expect([
      isEmptySubset(all),
      countSubset(subsetFromKnownKeys(none, ["2030-01-01"], now)),
    ]).toEqual([true, 0]);
    const future = subsetFromTimeWindows(none, [
      { startMs: Date.UTC(2030, 0, 1), endMs: Date.UTC(2030, 0, 3) },
    ]);
    expect(isEmptySubset(intersectSubsets(all, future))).toBe(true);
  });

  test("no cache hides partitions that exist later, or a key that was added at the same instant", () => {
    const days = daily({ start: "2024-01-01" });
    expect(partitionOfKey(days, "2024-01-05", at("2024-01-03T00:00Z"))).toBeUndefined();
    expect(partitionOfKey(days, "2024-01-05", at("2024-01-06T00:00Z"))).toBeDefined();
    const customers = dynamicPartitions({ name: "customers" });
    const grid = multi({ customer: customers, day: days });
    const now = at("2024-01-03T00:00Z");
    const holding = (keys: readonly string[]): PartitionsContext => ({
      ...now,
      dynamicKeys: new Map([["customers", dynamicKeys(keys)]]),
    });
    expect(countPartitions(grid, holding(["a"]))).toBe(2);
    const later = holding(["a", "b"]);
    expect(countPartitions(grid, later)).toBe(4);
    expect(
      subsetHas(allPartitions(grid, later), partitionOfKey(grid, "b|2024-01-02", later) ?? []),
    ).toBe(true);
  });
});
