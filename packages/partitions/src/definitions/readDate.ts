import { WallTimeError } from "../errors/definitionErrors.ts";
import type { Cron } from "../time/cron.ts";
import { keyFormat, splitOffsetSuffix, type WrittenTime } from "../time/keyFormat.ts";
import { timeZone } from "../time/timeZone.ts";
import { isWallTime, parseWallTime } from "../time/wallTime.ts";
import { ticksOf } from "./timeWindowEngine.ts";

/** What reading a date needs: the definition's key format and zone. */
export interface DateReader {
  readonly keyFormat: string;
  readonly timezone: string;
  readonly cron: Cron;
}

/**
 * Reads a start, an end or an excluded time: an ISO date or date-time, or text in the definition's own key format. A
 * text that is both is read as ISO.
 *
 * @param what names the value in the error, for example "start"
 * @returns the wall time as an ISO date or date-time
 * @throws WallTimeError for any other text, and for the second of two equal wall times, which ISO cannot name
 */
export function readDate(text: string, what: string, reader: DateReader): string {
  const format = keyFormat(reader.keyFormat);
  if (typeof text !== "string" || isWallTime(text)) return checked(text, what);
  const written = format.parse(text) ?? suffixed(text, format.parse);
  if (written === undefined) return checked(text, what, format.format(exampleMs, 0));
  const { wallMs, offsetMs } = written;
  if (offsetMs === undefined) return isoText(wallMs);
  const zone = timeZone(reader.timezone);
  const ms = wallMs - offsetMs;
  const localMs = ms + zone.offsetAt(ms);
  if (ticksOf(reader.cron, zone).instantOfWallTime(localMs) === ms) return isoText(localMs);
  throw new WallTimeError(
    what,
    text,
    `the clock of ${reader.timezone} shows ${isoText(localMs)} twice, and this is the second time; choose another time`,
  );
}

const exampleMs = Date.UTC(2024, 0, 31, 13);

function checked(text: string, what: string, key?: string): string {
  parseWallTime(text, what, key);
  return text;
}

/** A key with the offset of a repeated hour. */
function suffixed(
  text: string,
  parse: (key: string) => WrittenTime | undefined,
): WrittenTime | undefined {
  const split = splitOffsetSuffix(text);
  const local = split === undefined ? undefined : parse(split.key);
  return split === undefined || local === undefined
    ? undefined
    : { wallMs: local.wallMs, offsetMs: split.offsetMs };
}

/** The date, and the time of day unless it is zero. */
function isoText(wallMs: number): string {
  const text = new Date(wallMs).toISOString();
  return text.replace(/(?:T00:00:00\.000|:00\.000|\.000)?Z$/, "");
}
