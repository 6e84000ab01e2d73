import { DateTime } from "luxon";
import { parseCron } from "../time/cron.ts";

/**
 * The ticks of a cron in a zone between two instants, worked out the slow way: each minute of each local day is asked
 * of luxon. Shares nothing with the tables that the library uses but the reading of the cron's fields.
 */
export function naiveTicks(cronText: string, zone: string, fromMs: number, toMs: number): number[] {
  const cron = parseCron(cronText);
  const found = new Set<number>();
  const first = DateTime.fromMillis(fromMs, { zone }).minus({ days: 2 });
  const last = DateTime.fromMillis(toMs, { zone }).plus({ days: 2 });
  let { year, month, day: dayOfMonth } = first;
  while (Date.UTC(year, month - 1, dayOfMonth) <= Date.UTC(last.year, last.month - 1, last.day)) {
    const civil = DateTime.utc(year, month, dayOfMonth);
    const byDate =
      ((cron.daysOfMonth >> dayOfMonth) & 1) === 1 ||
      (cron.lastDayOfMonth && dayOfMonth === civil.daysInMonth);
    const byWeekday = ((cron.weekdays >> (civil.weekday % 7)) & 1) === 1;
    const { isDayOfMonthRestricted, isWeekdayRestricted } = cron;
    const matches =
      isDayOfMonthRestricted && isWeekdayRestricted
        ? byDate || byWeekday
        : (!isDayOfMonthRestricted || byDate) && (!isWeekdayRestricted || byWeekday);
    if (matches && ((cron.months >> month) & 1) === 1) {
      for (const hour of cron.hours) {
        for (const minute of cron.minutes) {
          for (const ms of instantsOf(
            civil.toMillis() + (hour * 60 + minute) * 60_000,
            hour,
            zone,
            cron.everyHour,
          ))
            found.add(ms);
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
