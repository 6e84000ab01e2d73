import { CronError } from "../errors/definitionErrors.ts";
import { type CronDays, cronDays } from "./cronDays.ts";

/** A parsed cron with five fields. */
export interface Cron {
  /** The five fields, separated by one space. */
  readonly text: string;
  /** Ascending, 0 to 59. */
  readonly minutes: readonly number[];
  /** Ascending, 0 to 23. */
  readonly hours: readonly number[];
  /**
   * Whether all 24 hours tick, in any spelling: then every occurrence of a repeated hour ticks, and
   * none of a skipped one.
   */
  readonly everyHour: boolean;
  /** Bit m for month m, 1 to 12. */
  readonly months: number;
  /** On which days of these months it ticks. */
  readonly days: CronDays;
}

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const monthNames = [
  "jan",
  "feb",
  "mar",
  "apr",
  "may",
  "jun",
  "jul",
  "aug",
  "sep",
  "oct",
  "nov",
  "dec",
];
const weekdayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const minuteField: Field = { name: "minute", min: 0, max: 59 };
const hourField: Field = { name: "hour", min: 0, max: 23 };
const dayField: Field = { name: "day of month", min: 1, max: 31 };
const monthField: Field = { name: "month", min: 1, max: 12, names: monthNames };
const weekdayField: Field = { name: "day of week", min: 0, max: 7, names: weekdayNames };

const aliases = new Map([
  ["@yearly", "0 0 1 1 *"],
  ["@annually", "0 0 1 1 *"],
  ["@monthly", "0 0 1 * *"],
  ["@weekly", "0 0 * * 0"],
  ["@daily", "0 0 * * *"],
  ["@midnight", "0 0 * * *"],
  ["@hourly", "0 * * * *"],
]);

/**
 * Parses a cron of five fields: `minute hour day-of-month month day-of-week`, each with lists,
 * ranges, steps and names; `L` is the last day of the month, 0 and 7 are Sunday. A field means the
 * set of its values, in any spelling. Only `*` in a day field leaves the days to the other one: if
 * neither day field has it, a day matches when either does.
 *
 * @throws CronError with the field and its range
 */
export function parseCron(text: string): Cron {
  if (typeof text !== "string") throw new CronError(text, "a cron must be a text of five fields");
  if (text.length > 1000)
    throw new CronError(text, `it has ${text.length} characters; expected at most 1000`);
  const trimmed = text.trim();
  if (trimmed.startsWith("@") && !aliases.has(trimmed.toLowerCase())) {
    throw new CronError(text, `the aliases are ${[...aliases.keys()].join(", ")}`);
  }
  const fields = (aliases.get(trimmed.toLowerCase()) ?? trimmed).split(/\s+/);
  const [minute = "", hour = "", day = "", month = "", weekday = ""] = fields;
  if (fields.length !== 5 || minute === "") {
    const found = minute === "" ? 0 : fields.length;
    throw new CronError(
      text,
      `expected five fields (minute hour day-of-month month day-of-week), got ${found}`,
    );
  }
  const dates = day.split(",").filter((part) => part.toUpperCase() !== "L");
  const hours = valuesOf(parseField(text, hour, hourField), 23);
  const months = toMask(parseField(text, month, monthField));
  const days = cronDays({
    dates: dates.length === 0 ? 0 : toMask(parseField(text, dates.join(","), dayField)),
    last: dates.length < day.split(",").length,
    isAnyDate: hasStar(day),
    weekdays: toMask([...parseField(text, weekday, weekdayField)].map((value) => value % 7)),
    isAnyWeekday: hasStar(weekday),
    months,
  });
  if (days === undefined)
    throw new CronError(text, `it never ticks: month ${month} has no day ${day}`);
  return {
    text: fields.join(" "),
    minutes: valuesOf(parseField(text, minute, minuteField), 59),
    hours,
    everyHour: hours.length === 24,
    months,
    days,
  };
}

/** Whether the field has `*`, alone or in a list. `*` with a step is a set like any other. */
export function hasStar(field: string): boolean {
  return field.split(",").includes("*");
}

function parseField(cron: string, text: string, field: Field): Set<number> {
  const values = new Set<number>();
  const refuse = (part: string, expected: string): CronError =>
    new CronError(cron, `${field.name} ${JSON.stringify(part)} is not ${expected}`);
  const expected = `a number from ${field.min} to ${field.max}, a range a-b, * or a step x/n`;
  for (const part of text.split(",")) {
    const match = /^(?:\*|([a-z0-9]+)(?:-([a-z0-9]+))?)(?:\/(\d+))?$/i.exec(part);
    if (match === null) throw refuse(part, expected);
    const [, low, high, step] = match;
    const last = field.name === "day of week" ? 6 : field.max;
    let from = low === undefined ? field.min : parseValue(low, field);
    if (field.name === "day of week" && from === 7 && high === undefined) from = 0;
    let to = high === undefined ? from : parseValue(high, field);
    if (high === undefined && (low === undefined || step !== undefined)) to = last;
    // In names, the week ends with Sunday: MON-SUN.
    if (field.name === "day of week" && /^sun$/i.test(high ?? "") && from !== 0) to = 7;
    if (from === undefined || to === undefined) throw refuse(part, expected);
    if (from > to)
      throw refuse(
        part,
        `a range from low to high; write ${low}-${field.max},${field.min}-${high}`,
      );
    if (step !== undefined && Number(step) === 0) throw refuse(part, "a step of at least 1");
    for (let value = from; value <= to; value += Number(step ?? 1)) values.add(value);
  }
  return values;
}

function parseValue(text: string, field: Field): number | undefined {
  const named = field.names?.indexOf(text.toLowerCase()) ?? -1;
  if (named >= 0) return named + field.min;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return value >= field.min && value <= field.max ? value : undefined;
}

function valuesOf(values: ReadonlySet<number>, max: number): number[] {
  return Array.from({ length: max + 1 }, (_, value) => value).filter((value) => values.has(value));
}

function toMask(values: Iterable<number>): number {
  let mask = 0;
  for (const value of values) mask |= 1 << value;
  return mask;
}
