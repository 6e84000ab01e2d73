import { parseCron } from "../time/cron.ts";
import { timeZone } from "../time/timeZone.ts";
import { asTimeWindows, hasDimensions } from "../definitions/axisKinds.ts";
import { axesOf } from "../definitions/axes.ts";
import { fingerprintOf, isPossible, isSpelledEveryHour } from "../definitions/fingerprint.ts";
import type { Ticks } from "../time/ticks.ts";
import type { PartitionsDefinition } from "../definitions/partitionsDefinition.ts";
import { ticksOf, timeWindowEngine } from "../definitions/timeWindowEngine.ts";

/**
 * Maps a coordinate of one definition to the same axis of another one; undefined if that has no
 * equal window or key. Coordinates in ascending order cost least.
 */
export type CoordinateMap = (coordinate: number) => number | undefined;

/** How an axis of a definition covers the same axis of a registered one. */
export interface AxisCover {
  /** From a registered coordinate to the definition's. */
  readonly toPresent: CoordinateMap;
  /** From the definition's coordinate to the registered one. */
  readonly toRegistered: CoordinateMap;
}

/**
 * How a definition covers the state under another one: for each axis, in the order of coordinates,
 * maps between the coordinates. A time window maps to the window with the same start and the same
 * end. Axes of other kinds must be equal.
 *
 * @param recorded a fingerprint
 * @returns undefined if the definitions have different axes, so that nothing can be kept
 */
export function coverDefinition(
  recorded: string,
  definition: PartitionsDefinition,
): readonly AxisCover[] | undefined {
  const isMulti = hasDimensions(definition);
  const inner = isMulti ? /^multi\((.*)\)$/s.exec(recorded)?.[1] : recorded;
  if (inner === undefined) return undefined;
  let rest = inner;
  const covers: AxisCover[] = [];
  for (const [at, axis] of axesOf(definition).entries()) {
    const before = `${at === 0 ? "" : "; "}${isMulti ? `${axis.name}: ` : ""}`;
    if (!rest.startsWith(before)) return undefined;
    rest = rest.slice(before.length);
    const windows = asTimeWindows(axis.definition);
    if (windows === undefined) {
      const text = fingerprintOf(axis.definition);
      if (!rest.startsWith(text)) return undefined;
      rest = rest.slice(text.length);
      covers.push({ toPresent: sameCoordinate, toRegistered: sameCoordinate });
      continue;
    }
    const found = /^time windows of ((?:\S+ ){4}\S+) in ([^;)]+)/.exec(rest);
    const [text = "", cron, zone] = found ?? [];
    if (cron === undefined || zone === undefined) return undefined;
    if (!isPossible(cron, zone) || isSpelledEveryHour(cron, zone)) return undefined;
    rest = rest.slice(text.length);
    const recordedTicks = ticksOf(parseCron(cron), timeZone(zone));
    const { ticks } = timeWindowEngine(windows);
    covers.push({
      toPresent: windowMap(recordedTicks, ticks),
      toRegistered: windowMap(ticks, recordedTicks),
    });
  }
  return rest === "" ? covers : undefined;
}

function sameCoordinate(coordinate: number): number {
  return coordinate;
}

/** Maps windows to those with the same start and end. Remembers the last one: the next follows it. */
function windowMap(from: Ticks, to: Ticks): CoordinateMap {
  let next = Number.NaN;
  let nextStartMs = 0;
  let guess = 0;
  let guessStartMs = Number.NaN;
  return (coordinate) => {
    const startMs = coordinate === next ? nextStartMs : from.instantAt(coordinate);
    next = coordinate + 1;
    nextStartMs = from.instantAt(next);
    if (guessStartMs !== startMs) {
      guess = to.ordinalAtOrAfter(startMs);
      guessStartMs = to.instantAt(guess);
      if (guessStartMs !== startMs) return undefined;
    }
    const found = guess;
    guess = found + 1;
    guessStartMs = to.instantAt(guess);
    return guessStartMs === nextStartMs ? found : undefined;
  };
}
