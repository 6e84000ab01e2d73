import { DateTime } from "luxon";
import { parseCron } from "../time/cron.ts";

/** A cron as sets, without its spelling. */
export interface CronSets {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** Days of the month; undefined for `*`. */
  readonly dates: readonly (number | "L")[] | undefined;
  readonly months: readonly number[];
  /** 0 for Sunday to 6; undefined for `*`. */
  readonly weekdays: readonly number[] | undefined;
}

/**
 * The ticks of a cron in a zone from one instant to another, computed naively: asks luxon for each
 * minute of each local day. Shares only the parsing of the cron's fields with the library.
 */
export function naiveTicks(cronText: string, zone: string, fromMs: number, toMs: number): number[] {
  const { minutes, hours, months, days } = parseCron(cronText);
  const listed = (mask: number): number[] =>
    Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => ((mask >>> bit) & 1) === 1);
  const byDate = days.by === "dates" || days.by === "either";
  const byWeekday = days.by === "weekdays" || days.by === "either";
  const sets: CronSets = {
    minutes,
    hours,
    dates: byDate ? [...listed(days.dates), ...(days.last ? ["L" as const] : [])] : undefined,
    months: listed(months),
    weekdays: byWeekday ? listed(days.weekdays) : undefined,
  };
  return naiveTicksOfSets(sets, zone, fromMs, toMs);
}

/** Like {@link naiveTicks}, for sets without a text. */
export function naiveTicksOfSets(
  { minutes, hours, dates, months, weekdays }: CronSets,
  zone: string,
  fromMs: number,
  toMs: number,
): number[] {
  const found = new Set<number>();
  const everyHour = new Set(hours).size === 24;
  const first = DateTime.fromMillis(fromMs, { zone }).minus({ days: 2 });
  const last = DateTime.fromMillis(toMs, { zone }).plus({ days: 2 });
  let { year, month, day: dayOfMonth } = first;
  while (Date.UTC(year, month - 1, dayOfMonth) <= Date.UTC(last.year, last.month - 1, last.day)) {
    const civil = DateTime.utc(year, month, dayOfMonth);
    const isDate =
      dates?.includes(dayOfMonth) === true ||
      (dates?.includes("L") === true && dayOfMonth === civil.daysInMonth);
    const isWeekday = weekdays?.includes(civil.weekday % 7) === true;
    const isAnyDay = dates === undefined && weekdays === undefined;
    if ((isAnyDay || isDate || isWeekday) && months.includes(month)) {
      for (const hour of hours) {
        for (const minute of minutes) {
          const wallMs = civil.toMillis() + (hour * 60 + minute) * 60_000;
          for (const ms of instantsOf(wallMs, hour, zone, everyHour)) found.add(ms);
        }
      }
    }
    const next = civil.plus({ days: 1 });
    [year, month, dayOfMonth] = [next.year, next.month, next.day];
  }
  return [...found].filter((ms) => ms >= fromMs && ms <= toMs).sort((a, b) => a - b);
}

/** The instants of one wall time under the rules of the conformance vectors' README, 2.2. */
function instantsOf(wallMs: number, hour: number, zone: string, everyHour: boolean): number[] {
  const offsetAt = (ms: number): number =>
    Math.round(DateTime.fromMillis(ms, { zone }).offset * 60_000);
  const candidates = [
    ...new Set([offsetAt(wallMs - 26 * 3_600_000), offsetAt(wallMs + 26 * 3_600_000)]),
  ]
    .map((offsetMs) => wallMs - offsetMs)
    .filter((ms) => ms + offsetAt(ms) === wallMs)
    .sort((a, b) => a - b);
  const [earlier, later] = candidates;
  if (earlier !== undefined && later !== undefined) {
    if (everyHour) return candidates;
    return [hour >= 1 && hour <= 3 ? later : earlier];
  }
  if (earlier !== undefined) return [earlier];
  if (everyHour) return [];
  // In a gap: the first instant whose wall time is later.
  let low = wallMs - 26 * 3_600_000;
  let high = wallMs + 26 * 3_600_000;
  while (high - low > 1000) {
    const middle = Math.floor((low + high) / 2000) * 1000;
    if (middle + offsetAt(middle) < wallMs) low = middle;
    else high = middle;
  }
  return [high];
}
