import { hasStar, parseCron } from "./cron.ts";

const weekdayNames = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/**
 * Explains a cron's days if both day fields are set, because a reader may expect both to be
 * required; undefined for any other cron.
 *
 * @throws CronError for an invalid text
 */
export function explainCronDays(text: string): string | undefined {
  const { text: written, days } = parseCron(text);
  const [, , day = "", , weekday = ""] = written.split(" ");
  if (written.startsWith("@") || hasStar(day) || hasStar(weekday)) return undefined;
  const rule = "a day matches when the day of the month or the day of the week does";
  if (days.by === "every")
    return `"${written}" ticks every day of its months: ${rule}, and one of them always does; write * for a field that should have no effect`;
  if (days.by === "weekdays")
    return `"${written}" ticks on ${weekdaysOf(days.weekdays)} only: no month of it has the day ${day}`;
  const dates = datesOf(days.dates, days.last);
  return `"${written}" ticks on ${dates} of the month and on each ${weekdaysOf(days.weekdays)}: ${rule}`;
}

function datesOf(mask: number, last: boolean): string {
  const dates = bitsOf(mask);
  const numbers = dates.length === 0 ? [] : [`day ${dates.join(", ")}`];
  return [...numbers, ...(last ? ["the last day"] : [])].join(" and ");
}

function weekdaysOf(mask: number): string {
  return bitsOf(mask)
    .map((weekday) => weekdayNames[weekday])
    .join(", ");
}

function bitsOf(mask: number): number[] {
  return Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => ((mask >>> bit) & 1) === 1);
}
