import { DefinitionOptionError, OffsetError } from "../errors/definitionErrors.ts";
import { didYouMean } from "../errors/nearestName.ts";
import { quoteValue } from "../errors/quoteValue.ts";
import { createTimeWindowPartitions } from "./createTimeWindowPartitions.ts";
import type { Cadence, Exclusion, TimeWindowPartitions } from "./timeWindowPartitions.ts";

/** The options of every cadence. */
export interface TimeWindowOptions {
  /**
   * Wall time in the zone, as an ISO date or date-time or in the key format: the first partition
   * starts at the first boundary at or after it.
   */
  readonly start: string;
  /** Wall time in the zone, written like `start`, exclusive; default: no end. */
  readonly end?: string | undefined;
  /** An IANA name, or an offset like "+02:00". Default "UTC". */
  readonly timezone?: string | undefined;
  /**
   * Moves the last partition: 1 adds the window that has not ended yet, -1 drops the last ended
   * one. Default 0.
   */
  readonly endOffset?: number | undefined;
  /** The format of keys: %Y %m %d %H %M %S %z and literal text. */
  readonly keyFormat?: string | undefined;
  /** Partitions that are left out. */
  readonly exclusions?: readonly Exclusion[] | undefined;
}

/** Options of a cadence whose boundaries can be moved within the hour. */
export interface HourlyOptions extends TimeWindowOptions {
  /** Minutes past the hour at which windows begin, 0 to 59. Default 0. */
  readonly minuteOffset?: number | undefined;
}

/** Options of a cadence whose boundaries can be moved within the day. */
export interface DailyOptions extends HourlyOptions {
  /** Hour of the day at which windows begin, 0 to 23. Default 0. */
  readonly hourOffset?: number | undefined;
}

/** Options of a cadence whose boundaries can be moved to another day. */
export interface WeeklyOptions extends DailyOptions {
  /** Day of the week on which windows begin, 0 for Sunday (the default) to 6. */
  readonly dayOffset?: number | undefined;
}

/** Options of a cadence whose boundaries can be moved within the month. */
export interface MonthlyOptions extends DailyOptions {
  /** Day of the month on which windows begin, 1 (the default) to 31; a month without that day has no boundary. */
  readonly dayOffset?: number | undefined;
}

/** Options of minutely partitions. */
export interface MinutelyOptions extends TimeWindowOptions {
  /** Length of a window in minutes; divides an hour. */
  readonly minutes: number;
}

/** Options of cron partitions. */
export interface CronOptions extends TimeWindowOptions {
  /** Five fields, or an alias like "@daily". */
  readonly cron: string;
  readonly keyFormat: string;
}

const common = ["start", "end", "timezone", "endOffset", "keyFormat", "exclusions"];
const minuteFormat = "%Y-%m-%d-%H:%M";
const dayFormat = "%Y-%m-%d";

/** A window every `minutes` minutes, counted from the full hour. Keys like `2024-01-31-13:15`. */
export function minutely(options: MinutelyOptions): TimeWindowPartitions {
  assertOptions(options, ["minutes"]);
  const minutes: unknown = options.minutes;
  if (
    typeof minutes !== "number" ||
    !Number.isInteger(minutes) ||
    minutes < 1 ||
    60 % minutes !== 0
  ) {
    throw new OffsetError(
      "minutes",
      minutes,
      "a whole number that divides 60: 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30 or 60",
    );
  }
  const cron = minutes === 1 ? "* * * * *" : minutes === 60 ? "0 * * * *" : `*/${minutes} * * * *`;
  return fromCron("minutely", cron, minuteFormat, options);
}

/**
 * A window each local hour. Keys like `2024-01-31-13:00`; the second of two equal local hours has
 * its UTC offset in the key.
 */
export function hourly(options: HourlyOptions): TimeWindowPartitions {
  assertOptions(options, ["minuteOffset"]);
  const { minute } = offsetsOf(options);
  return fromCron("hourly", `${minute} * * * *`, minuteFormat, options);
}

/** A window each local day. Keys like `2024-01-31`. */
export function daily(options: DailyOptions): TimeWindowPartitions {
  assertOptions(options, ["minuteOffset", "hourOffset"]);
  const { minute, hour } = offsetsOf(options);
  return fromCron("daily", `${minute} ${hour} * * *`, dayFormat, options);
}

/** A window each week. Keys like `2024-01-28`: the day it begins, Sunday unless `dayOffset` says otherwise. */
export function weekly(options: WeeklyOptions): TimeWindowPartitions {
  assertOptions(options, ["minuteOffset", "hourOffset", "dayOffset"]);
  const { minute, hour } = offsetsOf(options);
  const day = offset("dayOffset", options.dayOffset ?? 0, 0, 7) % 7;
  return fromCron("weekly", `${minute} ${hour} * * ${day}`, dayFormat, options, day);
}

/** A window each month. Keys like `2024-01-01`: the day it begins. */
export function monthly(options: MonthlyOptions): TimeWindowPartitions {
  return everyFewMonths("monthly", "*", options);
}

/** A window each quarter, from January, April, July and October. Keys like `2024-04-01`. */
export function quarterly(options: MonthlyOptions): TimeWindowPartitions {
  return everyFewMonths("quarterly", "1,4,7,10", options);
}

/** A window each year, from January. Keys like `2024-01-01`. */
export function yearly(options: MonthlyOptions): TimeWindowPartitions {
  return everyFewMonths("yearly", "1", options);
}

/** A window between each two ticks of a cron. */
export function cronPartitions(options: CronOptions): TimeWindowPartitions {
  assertOptions(options, ["cron"]);
  return fromCron("cron", options.cron, undefined, options);
}

function everyFewMonths(
  cadence: Cadence,
  months: string,
  options: MonthlyOptions,
): TimeWindowPartitions {
  assertOptions(options, ["minuteOffset", "hourOffset", "dayOffset"]);
  const { minute, hour } = offsetsOf(options);
  const day = offset("dayOffset", options.dayOffset ?? 1, 1, 31);
  return fromCron(cadence, `${minute} ${hour} ${day} ${months} *`, dayFormat, options, day);
}

function fromCron(
  cadence: Cadence,
  cron: string,
  keyFormat: string | undefined,
  options: TimeWindowOptions,
  dayOffset = 0,
): TimeWindowPartitions {
  const { minute, hour } = offsetsOf(options);
  return createTimeWindowPartitions({
    cadence,
    cron,
    start: options.start,
    end: options.end ?? undefined,
    timezone: options.timezone ?? "UTC",
    endOffset: offset("endOffset", options.endOffset ?? 0, -1_000_000, 1_000_000),
    minuteOffset: minute,
    hourOffset: hour,
    dayOffset,
    keyFormat: options.keyFormat ?? keyFormat ?? "",
    exclusions: options.exclusions ?? [],
  });
}

function offsetsOf(options: DailyOptions): { minute: number; hour: number } {
  return {
    minute: offset("minuteOffset", options.minuteOffset ?? 0, 0, 59),
    hour: offset("hourOffset", options.hourOffset ?? 0, 0, 23),
  };
}

function offset(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new OffsetError(name, value, `a whole number from ${min} to ${max}`);
}

function assertOptions(options: object, own: readonly string[]): void {
  if (options === null || typeof options !== "object") {
    throw new DefinitionOptionError(
      "options",
      `expected an object like { start: "2024-01-01" }, got ${quoteValue(options)}`,
    );
  }
  const known = [...common, ...own];
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    throw new DefinitionOptionError(
      name,
      `this cadence takes ${known.join(", ")}.${didYouMean(name, known)}`.replace(/\.$/, ""),
    );
  }
}
