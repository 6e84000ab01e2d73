import { WallTimeError } from "../errors/definitionErrors.ts";
import { dayOfDate, daysInMonth, msPerDay } from "./civilDate.ts";

const iso =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?)?$/;

/**
 * Whether the text has the form of an ISO date or date-time without zone, whether or not it exists.
 */
export function isWallTime(text: string): boolean {
  return iso.test(text);
}

/**
 * Parses a wall time written as an ISO date or date-time without zone, years 1 to 9999.
 *
 * @param what names the value in the error, for example "start"
 * @param key another permitted form, for the error
 * @returns milliseconds from 1970-01-01T00:00 on that wall clock
 * @throws WallTimeError for any other text, or a date that does not exist
 */
export function parseWallTime(text: string, what: string, key?: string): number {
  const match = typeof text === "string" ? iso.exec(text) : null;
  if (match === null)
    throw new WallTimeError(
      what,
      text,
      "write a date or date-time without zone, like 2024-01-31 or 2024-01-31T13:00" +
        (key === undefined ? "" : `, or a time like the definition's keys, ${key}`),
    );
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => (part === undefined ? undefined : Number(part)));
  if (year < 1) throw new WallTimeError(what, text, "years go from 1 to 9999");
  if (month < 1 || month > 12) throw new WallTimeError(what, text, "months go from 01 to 12");
  const days = daysInMonth(year, month);
  if (day < 1 || day > days) throw new WallTimeError(what, text, `that month has ${days} days`);
  if (hour > 23)
    throw new WallTimeError(
      what,
      text,
      "hours go from 00 to 23; midnight is 00:00 of the next day",
    );
  if (minute > 59 || second > 59)
    throw new WallTimeError(what, text, "minutes and seconds go from 00 to 59");
  const ms = Number((match[7] ?? "0").padEnd(3, "0"));
  return dayOfDate(year, month, day) * msPerDay + ((hour * 60 + minute) * 60 + second) * 1000 + ms;
}
