import type { Cron } from "./cron.ts";
import {
  dateOfDay,
  dayOfDate,
  daysPerCycle,
  monthsPerCycle,
  msPerMinute,
  weekdayOfDay,
} from "./civilDate.ts";
import { popcount } from "../integers/integerSet.ts";

/**
 * The ticks of a cron on a wall clock without time zones. Ticks are numbered from the first one at
 * or after 1970-01-01T00:00, negative before. Wall time is milliseconds from then.
 */
export interface TickCalendar {
  /**
   * How many ticks are in [1970-01-01T00:00, wall time); negative before. O(1), or a binary search
   * in a month.
   */
  countBefore(wallMs: number): number;
  /** The wall time of the tick with that number. The calendar must not be empty. */
  wallAt(index: number): number;
  /** Whether there are no ticks, because exclusions have removed all of them. */
  readonly isEmpty: boolean;
}

/**
 * The calendar of a cron, without the ticks of others.
 *
 * The pattern of days repeats every 400 years for any fields, so one table of 4800 months gives
 * every count.
 */
export function tickCalendar(cron: Cron, excluded: readonly Cron[] = []): TickCalendar {
  const isDaily = cron.days.by === "every" && cron.months === 0b1_1111_1111_1110;
  if (isDaily && excluded.length === 0) return dailyCalendar(minutesOfDay(cron));
  return monthlyCalendar(cron, excluded);
}

/** Minutes of the day, ascending, with the number of them before each minute. */
interface DayPlan {
  readonly minutes: readonly number[];
  readonly before: Uint16Array;
}

function dayPlan(minutes: readonly number[]): DayPlan {
  const before = new Uint16Array(1441);
  for (const minute of minutes) before[minute + 1] = 1;
  for (let minute = 1; minute <= 1440; minute++)
    before[minute] = (before[minute] ?? 0) + (before[minute - 1] ?? 0);
  return { minutes, before };
}

function minutesOfDay(cron: Cron): number[] {
  return cron.hours.flatMap((hour) => cron.minutes.map((minute) => hour * 60 + minute));
}

function dailyCalendar(minutes: readonly number[]): TickCalendar {
  const { before } = dayPlan(minutes);
  const perDay = minutes.length;
  return {
    isEmpty: false,
    countBefore(wallMs) {
      const minute = Math.ceil(wallMs / msPerMinute);
      const day = Math.floor(minute / 1440);
      return day * perDay + (before[minute - day * 1440] ?? 0);
    },
    wallAt(index) {
      const day = Math.floor(index / perDay);
      return (day * 1440 + (minutes[index - day * perDay] ?? 0)) * msPerMinute;
    },
  };
}

/** The first day of each month of the 400 years from 1970, and of the month after them. */
let firstDays: Int32Array | undefined;

function firstDaysOfMonths(): Int32Array {
  firstDays ??= Int32Array.from({ length: monthsPerCycle + 1 }, (_, month) =>
    dayOfDate(1970, month + 1, 1),
  );
  return firstDays;
}

function monthlyCalendar(cron: Cron, excluded: readonly Cron[]): TickCalendar {
  const patterns = [patternOf(cron), ...joinPatterns(excluded.map(patternOf))];
  const firstDay = firstDaysOfMonths();
  const masks = patterns.map((pattern) => pattern.days);
  const planOf = dayPlansByMatch(patterns);
  /** Ticks before each month of the cycle. */
  const counts = new Float64Array(monthsPerCycle + 1);

  /** Which patterns match the day of the month, one bit each. */
  const matchesOn = (month: number, bit: number): number => {
    let matches = 0;
    for (let each = 0; each < masks.length; each++) {
      if ((((masks[each]?.[month] ?? 0) >>> bit) & 1) === 1) matches |= 1 << each;
    }
    return matches;
  };
  const ticksBeforeDay = (month: number, bit: number): number => {
    const days = (masks[0]?.[month] ?? 0) & (bit === 32 ? -1 : ~(-1 << bit));
    if (excluded.length === 0) return popcount(days) * planOf(1).minutes.length;
    let ticks = 0;
    for (let rest = days; rest !== 0; rest &= rest - 1) {
      ticks += planOf(matchesOn(month, 31 - Math.clz32(rest & -rest))).minutes.length;
    }
    return ticks;
  };
  for (let month = 0; month < monthsPerCycle; month++) {
    counts[month + 1] = (counts[month] ?? 0) + ticksBeforeDay(month, 32);
  }
  const perCycle = counts[monthsPerCycle] ?? 0;

  return {
    isEmpty: perCycle === 0,
    countBefore(wallMs) {
      const minute = Math.ceil(wallMs / msPerMinute);
      const day = Math.floor(minute / 1440);
      const cycle = Math.floor(day / daysPerCycle);
      const date = dateOfDay(day - cycle * daysPerCycle);
      const month = (date.year - 1970) * 12 + date.month - 1;
      const matches = matchesOn(month, date.day - 1);
      const today = (matches & 1) === 1 ? (planOf(matches).before[minute - day * 1440] ?? 0) : 0;
      return cycle * perCycle + (counts[month] ?? 0) + ticksBeforeDay(month, date.day - 1) + today;
    },
    wallAt(index) {
      const cycle = Math.floor(index / perCycle);
      const inCycle = index - cycle * perCycle;
      const month = lastAtMost(counts, inCycle);
      let left = inCycle - (counts[month] ?? 0);
      for (let rest = masks[0]?.[month] ?? 0; rest !== 0; rest &= rest - 1) {
        const bit = 31 - Math.clz32(rest & -rest);
        const { minutes } = planOf(matchesOn(month, bit));
        if (left < minutes.length) {
          const day = cycle * daysPerCycle + (firstDay[month] ?? 0) + bit;
          return (day * 1440 + (minutes[left] ?? 0)) * msPerMinute;
        }
        left -= minutes.length;
      }
      throw new Error(`Bug: tick ${index} of "${cron.text}" is in no month.`);
    },
  };
}

/** The days on which a cron ticks, and the times of day. */
interface Pattern {
  readonly minutes: readonly number[];
  /** For each month of the cycle the days, bit 0 for the first. */
  readonly days: Int32Array;
}

function patternOf(cron: Cron): Pattern {
  return { minutes: minutesOfDay(cron), days: dayMasks(cron) };
}

/** Joins patterns with the same times of day, so that a list of holidays becomes one. */
function joinPatterns(patterns: readonly Pattern[]): readonly Pattern[] {
  const joined = new Map<string, Pattern>();
  for (const { minutes, days } of patterns) {
    const same = joined.get(minutes.join());
    joined.set(minutes.join(), {
      minutes,
      days: same === undefined ? days : days.map((mask, month) => mask | (same.days[month] ?? 0)),
    });
  }
  return [...joined.values()];
}

/**
 * For each set of patterns that match a day (one bit each, the lowest for the kept one), the ticks
 * that remain.
 */
function dayPlansByMatch(patterns: readonly Pattern[]): (matches: number) => DayPlan {
  const [kept = [], ...excluded] = patterns.map((pattern) => pattern.minutes);
  const plans = new Map<number, DayPlan>();
  return (matches) => {
    let plan = plans.get(matches);
    if (plan === undefined) {
      const isGone = new Set(
        excluded.filter((_, each) => ((matches >> (each + 1)) & 1) === 1).flat(),
      );
      plan = dayPlan((matches & 1) === 1 ? kept.filter((minute) => !isGone.has(minute)) : []);
      plans.set(matches, plan);
    }
    return plan;
  };
}

/** For each month of the cycle the days that match, bit 0 for the first. */
function dayMasks(cron: Cron): Int32Array {
  const firstDay = firstDaysOfMonths();
  return Int32Array.from({ length: monthsPerCycle }, (_, month) => {
    const first = firstDay[month] ?? 0;
    const length = (firstDay[month + 1] ?? 0) - first;
    if (((cron.months >> ((month % 12) + 1)) & 1) === 0) return 0;
    const whole = length === 31 ? 0x7fffffff : (1 << length) - 1;
    const { by, dates, last, weekdays } = cron.days;
    if (by === "every") return whole;
    const byDate = ((dates >>> 1) & whole) | (last ? 1 << (length - 1) : 0);
    return byDate | (daysOfWeekdays(weekdays, weekdayOfDay(first)) & whole);
  });
}

/** The days of a month that begins on the weekday, as bits from the first, that are one of the weekdays. */
function daysOfWeekdays(weekdays: number, firstWeekday: number): number {
  const week = ((weekdays >> firstWeekday) | (weekdays << (7 - firstWeekday))) & 0x7f;
  return week | (week << 7) | (week << 14) | (week << 21) | (week << 28);
}

function lastAtMost(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle;
    else high = middle;
  }
  return low;
}
