import fc from "fast-check";
import {
  cronPartitions,
  daily,
  hourly,
  minutely,
  monthly,
  quarterly,
  weekly,
  yearly,
} from "../definitions/cadences.ts";
import {
  type DimensionDefinition,
  multi,
  type MultiPartitions,
} from "../definitions/multiPartitions.ts";
import { type StaticPartitions, staticPartitions } from "../definitions/staticPartitions.ts";
import type { Exclusion, TimeWindowPartitions } from "../definitions/timeWindowPartitions.ts";

/**
 * Zones with unusual rules: half hours, skipped days, gaps at midnight, changes around Ramadan,
 * local mean time.
 */
export const zonesOfInterest = [
  "UTC",
  "America/New_York",
  "America/Sao_Paulo",
  "America/St_Johns",
  "America/Havana",
  "Europe/London",
  "Europe/Dublin",
  "Africa/Casablanca",
  "Africa/Cairo",
  "Asia/Kathmandu",
  "Asia/Kolkata",
  "Asia/Beirut",
  "Asia/Tehran",
  "Australia/Sydney",
  "Australia/Lord_Howe",
  "Pacific/Apia",
  "Pacific/Chatham",
  "Antarctica/Troll",
] as const;

const crons = [
  "*/30 2-4 * * *",
  "0,30 2,4 * * *",
  "15 9 * * 1-5",
  "0 0 1,15 * *",
  "0 0 L * *",
  "30 23 * * 6",
  "0 */6 * * *",
  "0 0 29 2 *",
  "0 12 */10 * 1",
  "30 0,1,2,3 * * *",
] as const;

/** Limits for random definitions. */
export interface TimeWindowChoices {
  /** Default any of {@link zonesOfInterest}. */
  readonly timezone?: string;
  /** Years in which they may start. Default 1900 to 2099. */
  readonly startYears?: readonly [first: number, last: number];
  /** Whether some have exclusions. Default false. */
  readonly withExclusions?: boolean;
}

/** Any cadence in any zone of interest, with full-width keys. */
export function anyTimeWindowPartitions(
  choices: TimeWindowChoices = {},
): fc.Arbitrary<TimeWindowPartitions> {
  const [firstYear, lastYear] = choices.startYears ?? [1900, 2099];
  const day = fc.tuple(
    fc.integer({ min: firstYear, max: lastYear }),
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 28 }),
  );
  return fc
    .record({
      cadence: fc.constantFrom(
        "minutely",
        "hourly",
        "daily",
        "weekly",
        "monthly",
        "quarterly",
        "yearly",
        "cron",
      ),
      timezone:
        choices.timezone === undefined
          ? fc.constantFrom(...zonesOfInterest)
          : fc.constant(choices.timezone),
      start: day.map((parts) =>
        parts
          .map((part) => String(part).padStart(2, "0"))
          .join("-")
          .padStart(10, "0"),
      ),
      minutes: fc.constantFrom(15, 20, 60),
      minuteOffset: fc.constantFrom(0, 0, 15, 30),
      hourOffset: fc.constantFrom(0, 0, 1, 2, 3, 23),
      day: fc.integer({ min: 0, max: 6 }),
      dayOfMonth: fc.constantFrom(1, 12, 29, 31),
      cron: fc.constantFrom(...crons),
      exclusions: choices.withExclusions === true ? anyExclusions : fc.constant([]),
    })
    .map((drawn) => {
      const { timezone, start, exclusions, minuteOffset, hourOffset } = drawn;
      const keyFormat = "%Y-%m-%d-%H:%M";
      const common = { start, timezone, exclusions, keyFormat };
      switch (drawn.cadence) {
        case "minutely":
          return minutely({ ...common, minutes: drawn.minutes });
        case "hourly":
          return hourly({ ...common, minuteOffset });
        case "daily":
          return daily({ ...common, minuteOffset, hourOffset });
        case "weekly":
          return weekly({ ...common, minuteOffset, hourOffset, dayOffset: drawn.day });
        case "monthly":
          return monthly({ ...common, minuteOffset, hourOffset, dayOffset: drawn.dayOfMonth });
        case "quarterly":
          return quarterly({ ...common, hourOffset });
        case "yearly":
          return yearly({ ...common, hourOffset });
        case "cron":
          return cronPartitions({ ...common, cron: drawn.cron });
      }
    });
}

const anyExclusions: fc.Arbitrary<Exclusion[]> = fc.subarray<Exclusion>([
  { cron: "0 0 * * 0,6" },
  { cron: "0 * * * 3" },
  { cron: "30 2 * * *" },
  { cron: "15,30 9-17 * * *" },
  { cron: "0 0 1 * *" },
]);

/** One to six short keys. */
export const anyStaticPartitions: fc.Arbitrary<StaticPartitions> = fc
  .uniqueArray(fc.constantFrom("a", "b", "c", "d", "us", "eu", "jp"), {
    minLength: 1,
    maxLength: 6,
  })
  .map((keys) => staticPartitions(keys));

/** One to three dimensions, at most one of them by time: a day each. */
export const anyMultiPartitions: fc.Arbitrary<MultiPartitions> = fc
  .tuple(
    fc.uniqueArray(fc.constantFrom("date", "region", "kind", "zone"), {
      minLength: 1,
      maxLength: 3,
    }),
    fc.array(anyStaticPartitions, { minLength: 3, maxLength: 3 }),
    fc.integer({ min: -1, max: 2 }),
  )
  .map(([names, lists, time]) => {
    const days = daily({ start: "2024-01-01", end: "2024-01-08" });
    const dimensions = names.map((name, index): [string, DimensionDefinition] => [
      name,
      index === time ? days : (lists[index] ?? days),
    ]);
    return multi(Object.fromEntries(dimensions));
  });
