/** The days on which a cron ticks, in one canonical form. */
export interface CronDays {
  /**
   * `every`: each day of the cron's months. `dates`: those of the month. `weekdays`: those of the week. `either`: a day
   * that is one of the dates or one of the weekdays.
   */
  readonly by: "every" | "dates" | "weekdays" | "either";
  /** Bit d for day d of the month, 1 to 31; 0 unless `by` is `dates` or `either`. */
  readonly dates: number;
  /** Whether the last day of the month is one of the dates. */
  readonly last: boolean;
  /** Bit w for weekday w, 0 for Sunday to 6; 0 unless `by` is `weekdays` or `either`. */
  readonly weekdays: number;
}

/** The two day fields as written, each as a set, and the months in which they count. */
export interface WrittenDays {
  readonly dates: number;
  readonly last: boolean;
  readonly isAnyDate: boolean;
  readonly weekdays: number;
  readonly isAnyWeekday: boolean;
  readonly months: number;
}

const everyWeekday = 0b111_1111;
const february = 2;
const lengths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const none = { dates: 0, last: false, weekdays: 0 };

/**
 * The combined meaning of two day fields, canonical for equal sets. A field with `*` leaves the
 * days to the other one; if neither has it, a day matches when either does.
 *
 * @returns undefined if no month has one of the days
 */
export function cronDays(written: WrittenDays): CronDays | undefined {
  const { isAnyDate, isAnyWeekday, weekdays } = written;
  const isEveryWeekday = isAnyWeekday || weekdays === everyWeekday;
  if (isAnyDate)
    return isEveryWeekday ? { by: "every", ...none } : { by: "weekdays", ...none, weekdays };
  const { dates, last, isEveryDate } = datesOf(written);
  if (isEveryDate || (isEveryWeekday && !isAnyWeekday)) return { by: "every", ...none };
  if (dates === 0 && !last) return isAnyWeekday ? undefined : { by: "weekdays", ...none, weekdays };
  return isAnyWeekday
    ? { by: "dates", dates, last, weekdays: 0 }
    : { by: "either", dates, last, weekdays };
}

/**
 * The dates that the months have, with the last day as `last` or as a date, whichever is shorter.
 */
function datesOf({ dates, last, months }: WrittenDays): {
  readonly dates: number;
  readonly last: boolean;
  readonly isEveryDate: boolean;
} {
  const chosen = lengths.filter((_, index) => ((months >> (index + 1)) & 1) === 1);
  const longest = Math.max(...chosen);
  const all = datesUpTo(longest);
  const had = dates & all;
  if (!last) return { dates: had, last, isEveryDate: had === all };
  if (months !== 1 << february && chosen.every((length) => length === longest)) {
    const withLast = had | (1 << longest);
    return { dates: withLast, last: false, isEveryDate: withLast === all };
  }
  // If the longest month's last date is given, the last day of every month is.
  const others = had & datesUpTo(longest - 1);
  return { dates: others, last, isEveryDate: others === datesUpTo(longest - 1) };
}

/** Bits 1 to the day. */
function datesUpTo(day: number): number {
  return day === 31 ? -2 : ((1 << (day + 1)) - 2) | 0;
}
