import type { Cron } from "./cron.ts";

/**
 * One canonical text of five fields for all spellings of the same boundaries; it parses to an equal
 * cron.
 */
export function canonicalCron({ minutes, everyHour, hours, months, days }: Cron): string {
  const dates = [...valuesOf(days.dates), ...(days.last ? ["L"] : [])].join();
  const monthsListed = valuesOf(months);
  return [
    minutes.length === 60 ? "*" : minutes.join(),
    everyHour ? "*" : hours.join(),
    days.by === "dates" || days.by === "either" ? dates : "*",
    monthsListed.length === 12 ? "*" : monthsListed.join(),
    days.by === "weekdays" || days.by === "either" ? valuesOf(days.weekdays).join() : "*",
  ].join(" ");
}

function valuesOf(mask: number): number[] {
  return Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => ((mask >>> bit) & 1) === 1);
}
