import { CronError } from "../errors/definitionErrors.ts";

/** The five fields of a cron, taken apart. */
export interface Cron {
  /** The five fields, separated by one space. */
  readonly text: string;
  /** Ascending, 0 to 59. */
  readonly minutes: readonly number[];
  /** Ascending, 0 to 23. */
  readonly hours: readonly number[];
  /** Whether the hour field is `*`: then every occurrence of a repeated hour ticks, and none of a skipped one. */
  readonly everyHour: boolean;
  /** Bit d for day d, 1 to 31. */
  readonly daysOfMonth: number;
  /** Whether `L` is among the days of the month. */
  readonly lastDayOfMonth: boolean;
  readonly isDayOfMonthRestricted: boolean;
  /** Bit m for month m, 1 to 12. */
  readonly months: number;
  /** Bit w for weekday w, 0 for Sunday to 6. */
  readonly weekdays: number;
  readonly isWeekdayRestricted: boolean;
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
 * Takes a cron of five fields apart: `minute hour day-of-month month day-of-week`, each with lists, ranges, steps and
 * names; `L` is the last day of the month, 0 and 7 are Sunday. If both day fields are restricted, a day matches when
 * either does.
 *
 * @throws CronError that names the field and its range
 */
export function parseCron(text: string): Cron {
  if (typeof text !== "string") throw new CronError(text, "a cron is a text of five fields");
  if (text.length > 1000)
    throw new CronError(text, `it has ${text.length} characters; at most 1000 are read`);
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
  const days = day.split(",").filter((part) => part.toUpperCase() !== "L");
  const cron: Cron = {
    text: fields.join(" "),
    minutes: valuesOf(parseField(text, minute, minuteField), 59),
    hours: valuesOf(parseField(text, hour, hourField), 23),
    everyHour: hour === "*",
    daysOfMonth: days.length === 0 ? 0 : toMask(parseField(text, days.join(","), dayField)),
    lastDayOfMonth: days.length < day.split(",").length,
    isDayOfMonthRestricted: !isStar(day),
    months: toMask(parseField(text, month, monthField)),
    weekdays: toMask(
      new Set([...parseField(text, weekday, weekdayField)].map((value) => value % 7)),
    ),
    isWeekdayRestricted: !isStar(weekday),
  };
  if (!canMatch(cron))
    throw new CronError(text, `it never ticks: month ${month} has no day ${day}`);
  return cron;
}

/** Whether a field stands for every value; `*` and `*` in a list do, `*` with a step does not. */
function isStar(field: string): boolean {
  return field.split(",").some((part) => part === "*" || part === "*/1");
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
    const from = low === undefined ? field.min : parseValue(low, field);
    const stepped = step === undefined ? from : field.name === "day of week" ? 6 : field.max;
    const all = field.name === "day of week" ? 6 : field.max;
    const to = high !== undefined ? parseValue(high, field) : low === undefined ? all : stepped;
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

function canMatch(cron: Cron): boolean {
  if (!cron.isDayOfMonthRestricted || cron.isWeekdayRestricted || cron.lastDayOfMonth) return true;
  const longest = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  return longest.some((length, index) => {
    const inMonth = (cron.months >> (index + 1)) & 1;
    return inMonth === 1 && longestMask(length) & cron.daysOfMonth;
  });
}

function longestMask(days: number): number {
  return days === 31 ? -2 : (1 << (days + 1)) - 2;
}
