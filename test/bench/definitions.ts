import {
  allPartitions,
  countPartitions,
  cronPartitions,
  daily,
  downstreamOf,
  type Edge,
  encodeIntegers,
  hourly,
  type IntegerSet,
  integersFromSorted,
  minutely,
  multi,
  type PartitionsContext,
  partitionKeyAt,
  partitionKeys,
  partitionOfKey,
  resolveMapping,
  staticPartitions,
  subsetHas,
  timeWindowMapping,
  upstreamOf,
} from "@infill/partitions";
import type { Scenario } from "./scenario.ts";

const timezone = "America/New_York";
const million = 1_000_000;

/** What each figure must stay under, and what Dagster 1.13.27 takes for the same on a machine of this kind. */
const bars: Readonly<Record<string, { what: string; bar: number; dagster: string }>> = {
  listHourly1mMs: {
    what: "one million hourly keys of New York listed",
    bar: 500,
    dagster: "10,600",
  },
  keyToOrdinalUs: { what: "key to ordinal, at random places", bar: 2, dagster: "100" },
  ordinalToKeyUs: { what: "ordinal to key, at random places", bar: 2, dagster: "16" },
  count10mMs: { what: "count of ten million", bar: 0.1, dagster: "0.11 to 0.3 at one million" },
  cronLookupUs: { what: "15 9 * * 1-5, key to index, warm", bar: 20, dagster: "" },
  mapDailyHourly1mMs: {
    what: "upstream of daily partitions: one million hours",
    bar: 50,
    dagster: "",
  },
  mapFragmented100kMs: { what: "100,000 every-second hours to days", bar: 20, dagster: "10,900" },
  mapMultiDim1mMs: { what: "one million multi-partitions to a dimension", bar: 50, dagster: "" },
  containsUs: { what: "key in a subset of 100,000 ranges", bar: 2, dagster: "67,000" },
  contiguous10mBytes: {
    what: "ten million neighbors, the larger of memory and encoded",
    bar: 1_000,
    dagster: "88",
  },
  randomHalf1mBytes: {
    what: "random half of a million, likewise",
    bar: 200_000,
    dagster: "3,000,000 for 100,000 ranges",
  },
};

/** How fast the partition algebra is, and how small its sets are. */
export const scenario: Scenario = {
  name: "definitions",
  description: "keys, counts, mappings and sets of partitions, up to ten million [--rounds 7]",
  async run({ args, log }) {
    const rounds = Number(args[args.indexOf("--rounds") + 1]) || 7;
    const measured = { ...lookUps(rounds), ...mappings(rounds), ...sizes() };
    for (const [name, { what, bar, dagster }] of Object.entries(bars)) {
      const value = measured[name] ?? Number.NaN;
      const verdict = value < bar ? "under" : "OVER";
      log(
        `${name.padEnd(20)} ${String(value).padStart(10)}  ${verdict} ${bar}; Dagster ${dagster || "not measured"}  (${what})`,
      );
    }
    return measured;
  },
};

/** The median of some rounds after two to warm up, in milliseconds. */
function median(rounds: number, work: () => unknown): number {
  const times = Array.from({ length: rounds + 2 }, () => {
    const startMs = performance.now();
    work();
    return performance.now() - startMs;
  }).slice(2);
  return times.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN;
}

/** Numbers from 0 up to 1 that look random and are the same in every run. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

const hours = hourly({ start: "1990-01-01", timezone });
const hoursNow: PartitionsContext = { nowMs: Date.UTC(1990, 0, 1, 5) + million * 3_600_000 };

function lookUps(rounds: number): Record<string, number> {
  const listed = median(rounds, () => {
    let characters = 0;
    for (const key of partitionKeys(hours, hoursNow)) characters += key.length;
    return characters;
  });

  const random = sequence(1);
  const all = [...partitionKeys(hours, hoursNow)];
  const keys = Array.from({ length: 100_000 }, () => all[Math.floor(random() * all.length)] ?? "");
  const places = keys.map((key) => partitionOfKey(hours, key, hoursNow) ?? []);
  const toOrdinal = median(rounds, () => keys.map((key) => partitionOfKey(hours, key, hoursNow)));
  const toKey = median(rounds, () => places.map((place) => partitionKeyAt(hours, place, hoursNow)));

  const minutes = minutely({ minutes: 1, start: "2000-01-01", timezone });
  let nowMs = Date.UTC(2019, 0, 6);
  const counts = median(rounds, () => {
    // Another instant each time, so that nothing that was remembered answers.
    for (let each = 0; each < 100; each++) countPartitions(minutes, { nowMs: (nowMs += 60_000) });
  });

  const weekdays = cronPartitions({
    cron: "15 9 * * 1-5",
    start: "1990-01-01",
    timezone,
    keyFormat: "%Y-%m-%d",
  });
  const weekdaysNow: PartitionsContext = { nowMs: Date.UTC(2030, 0) };
  const mornings = [...partitionKeys(weekdays, weekdaysNow)];
  const shuffled = mornings.map(() => mornings[Math.floor(random() * mornings.length)] ?? "");
  const cron = median(rounds, () =>
    shuffled.map((key) => partitionOfKey(weekdays, key, weekdaysNow)),
  );
  return {
    listHourly1mMs: rounded(listed),
    keyToOrdinalUs: rounded((toOrdinal / keys.length) * 1_000),
    ordinalToKeyUs: rounded((toKey / keys.length) * 1_000),
    count10mMs: rounded(counts / 100),
    cronLookupUs: rounded((cron / shuffled.length) * 1_000),
  };
}

function mappings(rounds: number): Record<string, number> {
  const days = daily({ start: "1990-01-01", timezone });
  const byTime: Edge = { upstream: hours, downstream: days, mapping: timeWindowMapping() };
  const everyDay = allPartitions(days, hoursNow);
  const dailyHourly = median(rounds, () => upstreamOf(byTime, everyDay, hoursNow));

  const first = partitionOfKey(hours, "1995-01-01-00:00", hoursNow)?.[0] ?? 0;
  const everySecond = integersFromSorted(
    Array.from({ length: 100_000 }, (_, index) => first + 2 * index),
  );
  const fragmented = { definition: hours, coordinates: everySecond };
  const fragments = median(rounds, () => downstreamOf(byTime, fragmented, hoursNow));

  const regions = staticPartitions(Array.from({ length: 100 }, (_, index) => `region-${index}`));
  const grid = multi({ date: daily({ start: "1997-08-16", timezone }), region: regions });
  const byDimension: Edge = {
    upstream: grid,
    downstream: regions,
    mapping: resolveMapping(grid, regions, undefined),
  };
  const gridNow: PartitionsContext = { nowMs: Date.UTC(2025, 0, 1, 5) };
  const wholeGrid = allPartitions(grid, gridNow);
  if (countPartitions(grid, gridNow) < million)
    throw new Error("Bug: the grid has under a million partitions.");
  const dimension = median(rounds, () => downstreamOf(byDimension, wholeGrid, gridNow));

  const keys = Array.from({ length: 100_000 }, (_, index) =>
    partitionKeyAt(hours, [first + 2 * index], hoursNow),
  );
  const contains = median(rounds, () =>
    keys.map((key) => subsetHas(fragmented, partitionOfKey(hours, key, hoursNow) ?? [])),
  );
  return {
    mapDailyHourly1mMs: rounded(dailyHourly),
    mapFragmented100kMs: rounded(fragments),
    mapMultiDim1mMs: rounded(dimension),
    containsUs: rounded((contains / keys.length) * 1_000),
  };
}

function sizes(): Record<string, number> {
  const minutes = minutely({ minutes: 1, start: "2000-01-01" });
  const contiguous = allPartitions(minutes, {
    nowMs: Date.UTC(2000, 0, 1) + 10 * million * 60_000,
  }).coordinates;
  if (contiguous.kind === "groups" || contiguous.count !== 10 * million)
    throw new Error("Bug: that is not ten million minutes.");
  const random = sequence(2);
  const half = integersFromSorted(
    Array.from({ length: million }, (_, index) => index).filter(() => random() < 0.5),
  );
  return { contiguous10mBytes: bytesOf(contiguous), randomHalf1mBytes: bytesOf(half) };
}

/** The larger of a set's arrays in memory and its encoded form. */
function bytesOf(set: IntegerSet): number {
  const inMemory = set.kind === "bits" ? set.words.byteLength : set.bounds.byteLength;
  return Math.max(inMemory, encodeIntegers(set).length);
}
