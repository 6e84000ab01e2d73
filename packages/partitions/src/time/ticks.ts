import { msPerDay, msPerMinute } from "./civilDate.ts";
import { lastAtMost, ordinalAtOrAfter, segmentsOf } from "./segments.ts";
import type { TickCalendar } from "./tickCalendar.ts";
import type { TimeZone, ZoneTransition } from "./timeZone.ts";
import { zoneTable } from "./zoneTable.ts";

/** One boundary of a cadence. */
export interface Tick {
  readonly startMs: number;
  /** The local wall-clock time, as milliseconds from 1970-01-01T00:00 on that clock. */
  readonly wallMs: number;
  readonly offsetMs: number;
  /** Whether the clock shows this time for the second time. */
  readonly isRepeated: boolean;
}

/**
 * The ticks of a cadence in a zone, numbered by stable ordinals: 0 is the first at or after
 * 1970-01-01T00:00 local. Every call is a binary search among the zone's transitions, and
 * arithmetic.
 */
export interface Ticks {
  /** The ordinal of the first tick at or after the instant. */
  ordinalAtOrAfter(ms: number): number;
  /**
   * The ordinal of a wall time: of the first tick that shows it, or else of the first tick at or
   * after its instant (see {@link instantOfWallTime}).
   */
  ordinalOfWallTime(wallMs: number): number;
  /**
   * The instant of a wall time: the earlier one if it occurs twice; if it does not occur, by the
   * offset before the change.
   */
  instantOfWallTime(wallMs: number): number;
  /** The instant of a tick. */
  instantAt(ordinal: number): number;
  tickAt(ordinal: number): Tick;
}

/** Limits of a zone's table; beyond them the nearest known offset applies. */
const earliestMs = -62_200_000_000_000; // the year -1
const latestMs = Date.UTC(10_000, 0, 3);

/**
 * @param calendar the ticks on a plain wall clock
 * @param ticksAround the instants that replace those whose wall time a transition skips or repeats
 */
export function zonedTicks(
  calendar: TickCalendar,
  zone: TimeZone,
  ticksAround: (transition: ZoneTransition) => readonly number[],
): Ticks {
  let table = zoneTable(zone, 0, 0);
  let segments = segmentsOf(table, calendar, ticksAround);
  let firstOrdinal = ordinalAtOrAfter(segments, calendar, table.fromMs, 0);
  let endOrdinal = ordinalAtOrAfter(segments, calendar, table.toMs, 0);
  // Calls mostly come in order, so the last row is tried first.
  let hint = 0;

  const cover = (fromMs: number, toMs: number): void => {
    table = zoneTable(zone, Math.max(earliestMs, fromMs), Math.min(latestMs, toMs));
    segments = segmentsOf(table, calendar, ticksAround);
    firstOrdinal = ordinalAtOrAfter(segments, calendar, table.fromMs, 0);
    endOrdinal = ordinalAtOrAfter(segments, calendar, table.toMs, 0);
    hint = 0;
  };
  const coverInstant = (ms: number): void => {
    if ((ms >= table.fromMs && ms < table.toMs) || ms < earliestMs || ms >= latestMs) return;
    cover(Math.min(ms, table.fromMs), Math.max(ms, table.toMs - 1));
  };
  const coverOrdinal = (ordinal: number): void => {
    while (ordinal < firstOrdinal && table.fromMs > earliestMs) {
      cover(Math.min(calendar.wallAt(ordinal), table.fromMs) - msPerDay, table.toMs - 1);
    }
    while (ordinal >= endOrdinal && table.toMs < latestMs) {
      cover(table.fromMs, Math.max(calendar.wallAt(ordinal), table.toMs) + msPerDay);
    }
  };

  const rowOfOrdinal = (ordinal: number): number => {
    if (ordinal < firstOrdinal || ordinal >= endOrdinal) coverOrdinal(ordinal);
    hint = lastAtMost(segments.ownFrom, ordinal, hint);
    return hint;
  };
  /** The wall time of a tick that is not one of its row's own. */
  const wallAt = (ordinal: number, row: number): number =>
    calendar.wallAt(ordinal - (segments.ordinal[row] ?? 0) + (segments.index[row] ?? 0));

  const rowOfWallTime = (wallMs: number): number => {
    if (wallMs - msPerDay < table.fromMs) coverInstant(wallMs - msPerDay);
    if (wallMs + msPerDay >= table.toMs) coverInstant(wallMs + msPerDay);
    hint = lastAtMost(segments.wallFromMs, wallMs, hint);
    return hint;
  };
  const instantOfWallTime = (wallMs: number): number => {
    const row = rowOfWallTime(wallMs);
    const isInside = wallMs < (segments.wallToMs[row] ?? 0);
    return wallMs - ((isInside ? segments.offsetBeforeMs[row] : segments.offsetMs[row]) ?? 0);
  };

  return {
    ordinalAtOrAfter(ms) {
      coverInstant(ms);
      hint = lastAtMost(segments.fromMs, ms, hint);
      return ordinalAtOrAfter(segments, calendar, ms, hint);
    },
    instantOfWallTime,
    ordinalOfWallTime(wallMs) {
      const row = rowOfWallTime(wallMs);
      // The first wall time after a gap belongs to the gap's own ticks.
      if (wallMs > (segments.wallToMs[row] ?? 0)) {
        return (
          calendar.countBefore(wallMs) - (segments.index[row] ?? 0) + (segments.ordinal[row] ?? 0)
        );
      }
      const atMs = segments.atMs[row] ?? 0;
      const shows = (segments.own[row] ?? []).findIndex((ms) => {
        const offsetMs = (ms < atMs ? segments.offsetBeforeMs[row] : segments.offsetMs[row]) ?? 0;
        return Math.floor((ms + offsetMs) / msPerMinute) * msPerMinute === wallMs;
      });
      if (shows >= 0) return (segments.ownFrom[row] ?? 0) + shows;
      return ordinalAtOrAfter(segments, calendar, instantOfWallTime(wallMs), hint);
    },
    instantAt(ordinal) {
      const row = rowOfOrdinal(ordinal);
      const own = segments.own[row]?.[ordinal - (segments.ownFrom[row] ?? 0)];
      return own ?? wallAt(ordinal, row) - (segments.offsetMs[row] ?? 0);
    },
    tickAt(ordinal) {
      const row = rowOfOrdinal(ordinal);
      const startMs = segments.own[row]?.[ordinal - (segments.ownFrom[row] ?? 0)];
      const offsetMs = segments.offsetMs[row] ?? 0;
      if (startMs === undefined) {
        const wallMs = wallAt(ordinal, row);
        return { startMs: wallMs - offsetMs, wallMs, offsetMs, isRepeated: false };
      }
      const offsetBeforeMs = segments.offsetBeforeMs[row] ?? 0;
      if (startMs < (segments.atMs[row] ?? 0)) {
        return {
          startMs,
          wallMs: startMs + offsetBeforeMs,
          offsetMs: offsetBeforeMs,
          isRepeated: false,
        };
      }
      return {
        startMs,
        wallMs: startMs + offsetMs,
        offsetMs,
        isRepeated: offsetMs < offsetBeforeMs,
      };
    },
  };
}
