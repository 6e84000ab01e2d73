import { parseCron } from "../time/cron.ts";
import { timeZone } from "../time/timeZone.ts";
import { asTimeWindows, hasDimensions } from "../definitions/axisKinds.ts";
import { axesOf } from "../definitions/axes.ts";
import { fingerprintOf, isSpelledEveryHour } from "../definitions/fingerprint.ts";
import type { PartitionsDefinition } from "../definitions/partitionsDefinition.ts";
import { ticksOf, timeWindowEngine } from "../definitions/timeWindowEngine.ts";

/**
 * Maps a coordinate of a registered definition to the same axis of another one; undefined if that
 * has no equal window or key.
 */
export type CoordinateMap = (coordinate: number) => number | undefined;

/**
 * How a definition covers the state under another one: for each axis, in the order of coordinates,
 * a map from the registered coordinates. A time window maps to the window with the same start and
 * the same end. Axes of other kinds must be equal.
 *
 * @param recorded a fingerprint
 * @returns undefined if the definitions have different axes, so that nothing can be kept
 */
export function coverDefinition(
  recorded: string,
  definition: PartitionsDefinition,
): readonly CoordinateMap[] | undefined {
  const isMulti = hasDimensions(definition);
  const inner = isMulti ? /^multi\((.*)\)$/s.exec(recorded)?.[1] : recorded;
  if (inner === undefined) return undefined;
  let rest = inner;
  const maps: CoordinateMap[] = [];
  for (const [at, axis] of axesOf(definition).entries()) {
    const before = `${at === 0 ? "" : "; "}${isMulti ? `${axis.name}: ` : ""}`;
    if (!rest.startsWith(before)) return undefined;
    rest = rest.slice(before.length);
    const windows = asTimeWindows(axis.definition);
    if (windows === undefined) {
      const text = fingerprintOf(axis.definition);
      if (!rest.startsWith(text)) return undefined;
      rest = rest.slice(text.length);
      maps.push((coordinate) => coordinate);
      continue;
    }
    const found = /^time windows of ((?:\S+ ){4}\S+) in ([^;)]+)/.exec(rest);
    const [text = "", cron, zone] = found ?? [];
    if (cron === undefined || zone === undefined || isSpelledEveryHour(cron, zone))
      return undefined;
    rest = rest.slice(text.length);
    const recordedTicks = ticksOf(parseCron(cron), timeZone(zone));
    const { ticks } = timeWindowEngine(windows);
    maps.push((coordinate) => {
      const startMs = recordedTicks.instantAt(coordinate);
      const now = ticks.ordinalAtOrAfter(startMs);
      const isSame =
        ticks.instantAt(now) === startMs &&
        ticks.instantAt(now + 1) === recordedTicks.instantAt(coordinate + 1);
      return isSame ? now : undefined;
    });
  }
  return rest === "" ? maps : undefined;
}
