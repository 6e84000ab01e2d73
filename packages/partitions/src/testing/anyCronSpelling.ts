import fc from "fast-check";
import type { CronSets } from "./naiveTicks.ts";

/** Sets of a cron, often full ones, with several spellings. */
export interface SpelledCron {
  readonly sets: CronSets;
  readonly texts: readonly string[];
}

const range = (min: number, max: number): number[] =>
  Array.from({ length: max - min + 1 }, (_, index) => min + index);
const monthNames = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");
const weekdayNames = "SUN MON TUE WED THU FRI SAT".split(" ");

/**
 * Any cron with this many spellings: lists in any order, ranges, steps, names, 0 and 7 for Sunday.
 */
export function anySpelledCron(spellings: number): fc.Arbitrary<SpelledCron> {
  return fc
    .record({
      minutes: fc.constantFrom([0], [30], [0, 30], [0, 15, 30, 45], [15, 45]),
      hours: anySet(range(0, 23)),
      dates: fc.option(anySet(range(1, 31)), { nil: undefined }),
      last: fc.constantFrom(false, false, true),
      months: fc.oneof(fc.constant(range(1, 12)), anySet(range(1, 12))),
      weekdays: fc.option(anySet(range(0, 6)), { nil: undefined }),
    })
    .chain(({ minutes, hours, dates, last, months, weekdays }) => {
      const sets: CronSets = {
        minutes,
        hours,
        dates: dates === undefined ? undefined : [...dates, ...(last ? ["L" as const] : [])],
        months,
        weekdays,
      };
      const dateField = anyField(dates, 1, 31).map((text) =>
        dates !== undefined && last ? `${text},L` : text,
      );
      const text = fc
        .tuple(
          anyField(minutes, 0, 59),
          anyField(hours, 0, 23),
          dateField,
          anyField(months, 1, 12, monthNames),
          anyField(weekdays, 0, 6, weekdayNames),
        )
        .map((fields) => fields.join(" "));
      return fc
        .array(text, { minLength: spellings, maxLength: spellings })
        .map((texts) => ({ sets, texts }));
    });
}

/** Full, every nth, or any values. */
function anySet(all: number[]): fc.Arbitrary<number[]> {
  return fc.oneof(
    fc.constant(all),
    fc.constantFrom(2, 3, 6).map((step) => all.filter((_, index) => index % step === 0)),
    fc.subarray(all, { minLength: 1, maxLength: 5 }),
  );
}

/** A spelling of a field's set; undefined means `*`. */
function anyField(
  values: readonly number[] | undefined,
  min: number,
  max: number,
  names?: readonly string[],
): fc.Arbitrary<string> {
  if (values === undefined) return fc.constantFrom("*", `*,${max}`, `${min},*`);
  const isWeekday = names === weekdayNames;
  const one = (value: number): fc.Arbitrary<string> =>
    fc.constantFrom(
      String(value),
      names?.[value - min] ?? String(value).padStart(2, "0"),
      isWeekday && value === 0 ? "7" : String(value),
    );
  const list = fc
    .tuple(fc.shuffledSubarray([...values], { minLength: values.length }), fc.nat(1))
    .chain(([shuffled, twice]) => fc.tuple(...[...shuffled, ...shuffled.slice(0, twice)].map(one)))
    .map((parts) => parts.join(","));
  const texts = [list, fc.constant(runsOf(values).join(","))];
  const step = (values[1] ?? 0) - (values[0] ?? 0);
  const isEven = values.every((value, index) => value === (values[0] ?? 0) + step * index);
  if (values.length > 1 && isEven) {
    const [first = 0, last = 0] = [values[0], values.at(-1)];
    texts.push(fc.constant(`${first}-${last}/${step}`));
    if (last + step > max) {
      texts.push(fc.constant(`${first}/${step}`));
      if (first === min) texts.push(fc.constant(`*/${step}`));
    }
  }
  // A day field with all values may not be `*`, which would leave the days to the other field.
  if (values.length === max - min + 1) {
    texts.push(fc.constant("*/1"), fc.constant(`${min}-${max}`));
    if (max !== 31 && !isWeekday) texts.push(fc.constant("*"));
    if (isWeekday) texts.push(fc.constantFrom("0-7", "1-7", "SUN-SAT", "MON-SUN"));
  }
  return fc.oneof(...texts);
}

function runsOf(values: readonly number[]): string[] {
  const runs: [first: number, last: number][] = [];
  for (const value of values) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === value - 1) run[1] = value;
    else runs.push([value, value]);
  }
  return runs.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`));
}
