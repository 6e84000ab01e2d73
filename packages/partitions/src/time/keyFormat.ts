import { KeyFormatError } from "../errors/definitionErrors.ts";
import { dateOfDay, dayOfDate, daysInMonth, msPerDay } from "./civilDate.ts";

/** A key format, compiled: `%Y %m %d %H %M %S %z` and literal text. */
export interface KeyFormat {
  readonly text: string;
  /** The directives it holds, for example "Y". */
  readonly directives: ReadonlySet<string>;
  /** The key of a wall time. */
  format(wallMs: number, offsetMs: number): string;
  /** What a key says, or undefined where it is not written exactly as {@link format} writes. */
  parse(key: string): WrittenTime | undefined;
  /** Like {@link parse}, but digits may be left out where a person leaves them out (`2024-1-5`). */
  parseLoosely(key: string): WrittenTime | undefined;
}

/** A time as written in a key. */
export interface WrittenTime {
  readonly wallMs: number;
  /** The offset from UTC, where one is written. */
  readonly offsetMs: number | undefined;
}

const widths: Readonly<Record<string, number>> = { Y: 4, m: 2, d: 2, H: 2, M: 2, S: 2 };
const offsetPattern = "([+-]\\d{2}:?\\d{2}(?::?\\d{2})?|Z)";
const formats = new Map<string, KeyFormat>();

/**
 * Compiles a key format.
 *
 * @throws KeyFormatError for a directive that is not known, or one that stands twice
 */
export function keyFormat(text: string): KeyFormat {
  let format = formats.get(text);
  if (format === undefined) {
    format = compile(text);
    formats.set(text, format);
  }
  return format;
}

/** An offset as `%z` prints it: `-0800`, with seconds where it has any. */
export function formatOffset(offsetMs: number): string {
  const total = Math.abs(offsetMs) / 1000;
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  return (offsetMs < 0 ? "-" : "+") + two(hours) + two(minutes) + (seconds === 0 ? "" : two(seconds));
}

/** The key without the offset that marks a second occurrence, and that offset. */
export function splitOffsetSuffix(key: string): { readonly key: string; readonly offsetMs: number } | undefined {
  const match = new RegExp(`^(.+?)${offsetPattern}$`, "s").exec(key);
  return match === null ? undefined : { key: match[1] ?? "", offsetMs: parseOffset(match[2] ?? "") };
}

function compile(text: string): KeyFormat {
  const pieces = split(text);
  const directives = new Set(pieces.flatMap((piece) => (piece.directive === "" ? [] : [piece.directive])));
  const time = pieces.map((piece) => piece.directive || piece.literal);
  const isDirective = pieces.map((piece) => piece.directive !== "");
  const loose = new RegExp(
    `^${pieces.map((piece) => (piece.directive === "" ? escaped(piece.literal) : loosePattern(piece.directive))).join("")}$`,
  );

  // The text of the last day formatted is at hand for the next tick, which mostly falls on the same day.
  let shownDay = Number.NaN;
  let date = { Y: "", m: "", d: "" };
  const format = (wallMs: number, offsetMs: number): string => {
    const day = Math.floor(wallMs / msPerDay);
    if (day !== shownDay) {
      const civil = dateOfDay(day);
      date = { Y: String(civil.year).padStart(4, "0"), m: two(civil.month), d: two(civil.day) };
      shownDay = day;
    }
    const second = Math.floor((wallMs - day * msPerDay) / 1000);
    let key = "";
    for (let index = 0; index < time.length; index++) {
      const piece = time[index] ?? "";
      if (isDirective[index] !== true) key += piece;
      else if (piece === "Y") key += date.Y;
      else if (piece === "m") key += date.m;
      else if (piece === "d") key += date.d;
      else if (piece === "H") key += two(Math.floor(second / 3600));
      else if (piece === "M") key += two(Math.floor(second / 60) % 60);
      else if (piece === "S") key += two(second % 60);
      else key += formatOffset(offsetMs);
    }
    return key;
  };

  const parse = (key: string): WrittenTime | undefined => {
    let at = 0;
    const written = { Y: 1970, m: 1, d: 1, H: 0, M: 0, S: 0 };
    let offsetMs: number | undefined;
    for (const { directive, literal } of pieces) {
      if (directive === "") {
        if (!key.startsWith(literal, at)) return undefined;
        at += literal.length;
      } else if (directive === "z") {
        const match = /^[+-]\d{4}(?:\d{2})?/.exec(key.slice(at));
        if (match === null) return undefined;
        offsetMs = parseOffset(match[0]);
        at += match[0].length;
      } else {
        const end = at + (widths[directive] ?? 0);
        let value = 0;
        for (; at < end; at++) {
          const digit = key.charCodeAt(at) - 48;
          if (!(digit >= 0 && digit <= 9)) return undefined;
          value = value * 10 + digit;
        }
        written[directive as keyof typeof written] = value; // directives other than z are these six
      }
    }
    return at === key.length ? writtenTime(written, offsetMs) : undefined;
  };

  const parseLoosely = (key: string): WrittenTime | undefined => {
    const match = loose.exec(key);
    if (match === null) return undefined;
    const written = { Y: 1970, m: 1, d: 1, H: 0, M: 0, S: 0 };
    let offsetMs: number | undefined;
    [...directives].forEach((directive, index) => {
      const value = match[index + 1] ?? "";
      if (directive === "z") offsetMs = parseOffset(value);
      else written[directive as keyof typeof written] = Number(value); // as above
    });
    return writtenTime(written, offsetMs);
  };
  return { text, directives, format, parse, parseLoosely };
}

interface Piece {
  readonly directive: string;
  readonly literal: string;
}

function split(text: string): readonly Piece[] {
  if (typeof text !== "string" || text === "") throw new KeyFormatError(text, "a key format cannot be empty");
  const pieces: Piece[] = [];
  const seen = new Set<string>();
  for (const part of text.split(/(%.?)/s).filter((each) => each !== "")) {
    if (!part.startsWith("%") || part === "%%") {
      pieces.push({ directive: "", literal: part === "%%" ? "%" : part });
      continue;
    }
    const directive = part.slice(1);
    if (directive !== "z" && widths[directive] === undefined) {
      throw new KeyFormatError(text, `${JSON.stringify(part)} is not one of %Y %m %d %H %M %S %z`);
    }
    if (seen.has(directive)) throw new KeyFormatError(text, `%${directive} stands there twice`);
    seen.add(directive);
    pieces.push({ directive, literal: "" });
  }
  return pieces;
}

function writtenTime(
  { Y, m, d, H, M, S }: Readonly<Record<"Y" | "m" | "d" | "H" | "M" | "S", number>>,
  offsetMs: number | undefined,
): WrittenTime | undefined {
  if (Y < 1 || m < 1 || m > 12 || d < 1 || H > 23 || M > 59 || S > 59) return undefined;
  if (d > 28 && d > daysInMonth(Y, m)) return undefined;
  return { wallMs: dayOfDate(Y, m, d) * msPerDay + ((H * 60 + M) * 60 + S) * 1000, offsetMs };
}

function parseOffset(text: string): number {
  if (text === "Z") return 0;
  const digits = text.replaceAll(":", "");
  const [hours, minutes, seconds] = [digits.slice(1, 3), digits.slice(3, 5), digits.slice(5, 7)].map(Number);
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
