import { KeyFormatError } from "../errors/definitionErrors.ts";
import { dateOfDay, dayOfDate, daysInMonth, msPerDay, msPerMinute } from "./civilDate.ts";

/** A compiled key format: `%Y %m %d %H %M %S %z` and literal text. */
export interface KeyFormat {
  readonly text: string;
  /** The directives it holds, for example "Y". */
  readonly directives: ReadonlySet<string>;
  /** The key of a wall time. */
  format(wallMs: number, offsetMs: number): string;
  /** Parses a key; undefined if it is not written exactly as {@link format} writes it. */
  parse(key: string): WrittenTime | undefined;
  /** Like {@link parse}, but leading zeros may be left out (`2024-1-5`). */
  parseLoosely(key: string): WrittenTime | undefined;
}

/** A time as a key has it. */
export interface WrittenTime {
  readonly wallMs: number;
  /** The offset from UTC, if the key has one. */
  readonly offsetMs: number | undefined;
}

const widths: Readonly<Record<string, number>> = { Y: 4, m: 2, d: 2, H: 2, M: 2, S: 2 };
const offsetPattern = "([+-]\\d{2}:?\\d{2}(?::?\\d{2})?|Z)";
const formats = new Map<string, KeyFormat>();

/**
 * Compiles a key format.
 *
 * @throws KeyFormatError for an unknown or repeated directive
 */
export function keyFormat(text: string): KeyFormat {
  let format = formats.get(text);
  if (format === undefined) {
    format = compile(text);
    formats.set(text, format);
  }
  return format;
}

/** An offset as `%z` prints it: `-0800`, with seconds if it has any. */
export function formatOffset(offsetMs: number): string {
  const total = Math.abs(offsetMs) / 1000;
  const [hours, minutes, seconds] = [
    Math.floor(total / 3600),
    Math.floor(total / 60) % 60,
    total % 60,
  ];
  return (
    (offsetMs < 0 ? "-" : "+") + two(hours) + two(minutes) + (seconds === 0 ? "" : two(seconds))
  );
}

/** The key without the offset that marks a second occurrence, and that offset. */
export function splitOffsetSuffix(
  key: string,
): { readonly key: string; readonly offsetMs: number } | undefined {
  const match = new RegExp(`^(.+?)${offsetPattern}$`, "s").exec(key);
  return match === null
    ? undefined
    : { key: match[1] ?? "", offsetMs: parseOffset(match[2] ?? "") };
}

function compile(text: string): KeyFormat {
  const pieces = split(text);
  const directives = new Set(
    pieces.flatMap((piece) => (piece.directive === "" ? [] : [piece.directive])),
  );
  const loose = new RegExp(
    `^${pieces.map((piece) => (piece.directive === "" ? escaped(piece.literal) : loosePattern(piece.directive))).join("")}$`,
  );

  const format = formatter(pieces);
  const parse = parser(pieces);
  const parseLoosely = (key: string): WrittenTime | undefined => {
    const match = loose.exec(key);
    if (match === null) return undefined;
    const groups = [...directives];
    const part = (directive: string, otherwise: number): number => {
      const group = groups.indexOf(directive);
      return group < 0 ? otherwise : Number(match[group + 1]);
    };
    const offset = directives.has("z") ? match[groups.indexOf("z") + 1] : undefined;
    const offsetMs = offset === undefined ? undefined : parseOffset(offset);
    return writtenTime(
      part("Y", 1970),
      part("m", 1),
      part("d", 1),
      part("H", 0),
      part("M", 0),
      part("S", 0),
      offsetMs,
    );
  };
  return { text, directives, format, parse, parseLoosely };
}

/**
 * Formats by pieces. If the date comes before the time of day, as usual, it caches both halves: the
 * date of the last day, and the text of each minute of the day.
 */
function formatter(pieces: readonly Piece[]): KeyFormat["format"] {
  const isTimeOfDay = ({ directive }: Piece): boolean => directive === "H" || directive === "M";
  const firstTime = pieces.findIndex((piece) => isTimeOfDay(piece));
  const dates = firstTime < 0 ? pieces : pieces.slice(0, firstTime);
  const times = firstTime < 0 ? [] : pieces.slice(firstTime);
  const isSplit =
    dates.every(({ directive }) => ["", "Y", "m", "d"].includes(directive)) &&
    times.every((piece) => piece.directive === "" || isTimeOfDay(piece));
  if (!isSplit) return (wallMs, offsetMs) => formatPieces(pieces, wallMs, offsetMs);

  const minutes: string[] = times.length === 0 ? [] : new Array<string>(1440).fill("");
  let lastDay = Number.NaN;
  let lastDate = "";
  return (wallMs, offsetMs) => {
    const day = Math.floor(wallMs / msPerDay);
    if (day !== lastDay) {
      lastDay = day;
      lastDate = formatPieces(dates, wallMs, offsetMs);
    }
    if (times.length === 0) return lastDate;
    const minute = Math.floor((wallMs - day * msPerDay) / msPerMinute);
    let time = minutes[minute] ?? "";
    if (time === "") {
      time = formatPieces(times, wallMs, offsetMs);
      minutes[minute] = time;
    }
    return lastDate + time;
  };
}

function formatPieces(pieces: readonly Piece[], wallMs: number, offsetMs: number): string {
  const day = Math.floor(wallMs / msPerDay);
  const date = dateOfDay(day);
  const second = Math.floor((wallMs - day * msPerDay) / 1000);
  let key = "";
  for (const { directive, literal } of pieces) {
    if (directive === "") key += literal;
    else if (directive === "Y")
      key += date.year > 999 ? date.year : String(date.year).padStart(4, "0");
    else if (directive === "m") key += two(date.month);
    else if (directive === "d") key += two(date.day);
    else if (directive === "H") key += two(Math.floor(second / 3600));
    else if (directive === "M") key += two(Math.floor(second / 60) % 60);
    else if (directive === "S") key += two(second % 60);
    else key += formatOffset(offsetMs);
  }
  return key;
}

/**
 * Parses the printed form exactly: fixed-width digits in one pass, with a regular expression for
 * the offset only.
 */
function parser(pieces: readonly Piece[]): KeyFormat["parse"] {
  return (key) => {
    let at = 0;
    let year = 1970;
    let month = 1;
    let day = 1;
    let hour = 0;
    let minute = 0;
    let second = 0;
    let offsetMs: number | undefined;
    for (let index = 0; index < pieces.length; index++) {
      const piece = pieces[index];
      if (piece === undefined || piece.width === 0) {
        if (piece === undefined || !key.startsWith(piece.literal, at)) return undefined;
        at += piece.literal.length;
        if (piece.directive !== "z") continue;
        const match = /^[+-]\d{4}(?:\d{2})?/.exec(key.slice(at));
        if (match === null) return undefined;
        offsetMs = parseOffset(match[0]);
        at += match[0].length;
        continue;
      }
      let value = 0;
      for (const end = at + piece.width; at < end; at++) {
        const digit = key.charCodeAt(at) - 48;
        if (!(digit >= 0 && digit <= 9)) return undefined;
        value = value * 10 + digit;
      }
      switch (piece.directive) {
        case "Y":
          year = value;
          break;
        case "m":
          month = value;
          break;
        case "d":
          day = value;
          break;
        case "H":
          hour = value;
          break;
        case "M":
          minute = value;
          break;
        default:
          second = value;
      }
    }
    return at === key.length
      ? writtenTime(year, month, day, hour, minute, second, offsetMs)
      : undefined;
  };
}

interface Piece {
  readonly directive: string;
  readonly literal: string;
  /** The number of digits of a directive, if it is fixed. */
  readonly width: number;
}

function split(text: string): readonly Piece[] {
  if (typeof text !== "string" || text === "")
    throw new KeyFormatError(text, "a key format cannot be empty");
  const pieces: Piece[] = [];
  const seen = new Set<string>();
  for (const part of text.split(/(%.?)/s).filter((each) => each !== "")) {
    if (!part.startsWith("%") || part === "%%") {
      pieces.push({ directive: "", literal: part === "%%" ? "%" : part, width: 0 });
      continue;
    }
    const directive = part.slice(1);
    if (directive !== "z" && widths[directive] === undefined) {
      throw new KeyFormatError(text, `${JSON.stringify(part)} is not one of %Y %m %d %H %M %S %z`);
    }
    if (seen.has(directive)) throw new KeyFormatError(text, `it has %${directive} twice`);
    seen.add(directive);
    pieces.push({ directive, literal: "", width: widths[directive] ?? 0 });
  }
  return pieces;
}

function writtenTime(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  offsetMs: number | undefined,
): WrittenTime | undefined {
  if (year < 1 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59)
    return undefined;
  if (day > 28 && day > daysInMonth(year, month)) return undefined;
  return {
    wallMs: dayOfDate(year, month, day) * msPerDay + ((hour * 60 + minute) * 60 + second) * 1000,
    offsetMs,
  };
}

function parseOffset(text: string): number {
  if (text === "Z") return 0;
  const digits = text.replaceAll(":", "");
  const [hours, minutes, seconds] = [
    digits.slice(1, 3),
    digits.slice(3, 5),
    digits.slice(5, 7),
  ].map(Number);
  const total = ((hours ?? 0) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0);
  return (digits.startsWith("-") ? -total : total) * 1000;
}

function loosePattern(directive: string): string {
  if (directive === "z") return offsetPattern;
  return directive === "Y" ? "(\\d{4})" : "(\\d{1,2})";
}

function escaped(literal: string): string {
  return literal.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

const twoDigits = Array.from({ length: 100 }, (_, value) => String(value).padStart(2, "0"));

function two(value: number): string {
  return twoDigits[value] ?? String(value);
}
