import { msPerDay, msPerMinute } from "./civilDate.ts";
import type { Cron } from "./cron.ts";
import type { TickCalendar } from "./tickCalendar.ts";
import type { TimeZone, ZoneTransition } from "./timeZone.ts";
import { type ZoneTable, zoneTable } from "./zoneTable.ts";

/** One boundary of a cadence. */
export interface Tick {
  readonly startMs: number;
  /** What a clock on the wall shows, as milliseconds from 1970-01-01T00:00 of that clock. */
  readonly wallMs: number;
  readonly offsetMs: number;
  /** Whether that clock shows this time for the second time. */
  readonly isRepeated: boolean;
}

/**
 * The ticks of a cadence in a zone, numbered by stable ordinals: 0 is the first at or after 1970-01-01T00:00 local.
 * Every question is a binary search among the zone's transitions, and arithmetic.
 */
export interface Ticks {
  /** The ordinal of the first tick at or after the instant. */
  ordinalAtOrAfter(ms: number): number;
  /**
   * The ordinal that a wall time names: of the first tick that shows it, or else of the first tick at or after its
   * instant (see {@link instantOfWallTime}).
   */
  ordinalOfWallTime(wallMs: number): number;
  /**
   * The instant of a wall time: the earlier one where it occurs twice; where it does not occur, as if the clock had
   * not been changed yet.
   */
  instantOfWallTime(wallMs: number): number;
  /** The instant of a tick. */
  instantAt(ordinal: number): number;
  tickAt(ordinal: number): Tick;
}

/**
 * The ticks around one transition that are not simply their wall time less the offset: what `README` 2.2 of the
 * conformance vectors says about wall times that occur twice or never. Ascending, without duplicates.
 */
export function ticksAroundTransition(cron: Cron, calendar: TickCalendar, transition: ZoneTransition): number[] {
  const { fromMs, toMs, isGap } = wallSpan(transition);
  const instants = new Set<number>();
  const last = calendar.countBefore(toMs);
  for (let index = calendar.countBefore(fromMs); index < last; index++) {
    const wallMs = calendar.wallAt(index);
    if (isGap) {
      const follows = wallMs === transition.atMs + transition.offsetAfterMs;
      if (follows || !cron.everyHour) instants.add(transition.atMs);
      continue;
    }
    const earlierMs = wallMs - transition.offsetBeforeMs;
    const laterMs = wallMs - transition.offsetAfterMs;
    const hour = Math.floor(wallMs / 3_600_000) - Math.floor(wallMs / msPerDay) * 24;
    if (cron.everyHour || hour < 1 || hour > 3) instants.add(earlierMs);
    if (cron.everyHour || (hour >= 1 && hour <= 3)) instants.add(laterMs);
  }
  return [...instants].sort((a, b) => a - b);
}

/** The wall times that a transition skips, with the first one after them, or repeats. */
function wallSpan(transition: ZoneTransition): { fromMs: number; toMs: number; isGap: boolean } {
  const before = transition.atMs + transition.offsetBeforeMs;
  const after = transition.atMs + transition.offsetAfterMs;
  return after > before
    ? { fromMs: before, toMs: after + 1, isGap: true }
    : { fromMs: after, toMs: before, isGap: false };
}

/** What holds from one transition to the next; one entry a transition, and one for the time before the first. */
interface Segment {
  /** The first and the last instant that ticks of the transition's own may have. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly atMs: number;
  /** The wall times that the transition skips or repeats, half-open. */
  readonly wallFromMs: number;
  readonly wallToMs: number;
  readonly offsetBeforeMs: number;
  readonly offsetMs: number;
  readonly isOverlap: boolean;
  /** Instants of the transition's own ticks. */
  readonly own: readonly number[];
  /** Ordinal of the first of its own ticks, and of the first tick after them. */
  readonly ownFrom: number;
  readonly ordinal: number;
  /** The calendar's number of the first tick after its own ones. */
  readonly index: number;
}

/** A zone's table is never asked beyond these years; outside them the last offset known holds. */
const earliestMs = Date.UTC(2000, 0) - 2001 * 365.25 * msPerDay;
const latestMs = Date.UTC(10_000, 0, 3);

/**
 * @param calendar the ticks on a plain wall clock
 * @param ticksAround the instants that take the place of those whose wall time a transition skips or repeats
 */
export function zonedTicks(
  calendar: TickCalendar,
  zone: TimeZone,
  ticksAround: (transition: ZoneTransition) => readonly number[],
): Ticks {
  let table: ZoneTable = zoneTable(zone, 0, 0);
  let segments = segmentsOf(table, calendar, ticksAround);
  let firstOrdinal = ordinalIn(segments, table.fromMs);
  let endOrdinal = ordinalIn(segments, table.toMs);

  const cover = (fromMs: number, toMs: number): void => {
    table = zoneTable(zone, Math.max(earliestMs, Math.min(fromMs, table.fromMs)), Math.min(latestMs, Math.max(toMs, table.toMs - 1)));
    segments = segmentsOf(table, calendar, ticksAround);
    firstOrdinal = ordinalIn(segments, table.fromMs);
    endOrdinal = ordinalIn(segments, table.toMs);
  };
  const coverInstant = (ms: number): void => {
    if ((ms >= table.fromMs && ms < table.toMs) || ms < earliestMs || ms >= latestMs) return;
    cover(ms, ms);
  };
  const coverOrdinal = (ordinal: number): void => {
    while (ordinal < firstOrdinal && table.fromMs > earliestMs) {
      cover(Math.min(calendar.wallAt(ordinal), table.fromMs) - msPerDay, table.toMs - 1);
    }
    while (ordinal >= endOrdinal && table.toMs < latestMs) {
      cover(table.fromMs, Math.max(calendar.wallAt(ordinal), table.toMs) + msPerDay);
    }
  };

  function ordinalIn(among: readonly Segment[], ms: number): number {
    const segment = lastSegment(among, (each) => each.fromMs <= ms);
    if (ms <= segment.toMs) {
      let before = 0;
      while (before < segment.own.length && (segment.own[before] ?? 0) < ms) before++;
      return segment.ownFrom + before;
    }
    if (!Number.isFinite(ms)) return ms;
    return calendar.countBefore(ms + segment.offsetMs) - segment.index + segment.ordinal;
  }

  const instantOfWallTime = (wallMs: number): number => {
    coverInstant(wallMs - msPerDay);
    coverInstant(wallMs + msPerDay);
    const segment = lastSegment(segments, (each) => each.wallToMs <= wallMs);
    return wallMs - segment.offsetMs;
  };

  return {
    ordinalAtOrAfter(ms) {
      coverInstant(ms);
      return ordinalIn(segments, ms);
    },
    instantOfWallTime,
    ordinalOfWallTime(wallMs) {
      const instantMs = instantOfWallTime(wallMs);
      const around = lastSegment(segments, (each) => each.wallFromMs <= wallMs);
      if (wallMs < around.wallToMs) {
        const shows = around.own.findIndex((ms) => {
          const offsetMs = ms < around.atMs ? around.offsetBeforeMs : around.offsetMs;
          return Math.floor((ms + offsetMs) / msPerMinute) * msPerMinute === wallMs;
        });
        if (shows >= 0) return around.ownFrom + shows;
      }
      return ordinalIn(segments, instantMs);
    },
    instantAt(ordinal) {
      if (ordinal < firstOrdinal || ordinal >= endOrdinal) coverOrdinal(ordinal);
      const segment = lastSegment(segments, (each) => each.ownFrom <= ordinal);
      const own = segment.own[ordinal - segment.ownFrom];
      if (own !== undefined) return own;
      return calendar.wallAt(ordinal - segment.ordinal + segment.index) - segment.offsetMs;
    },
    tickAt(ordinal) {
      if (ordinal < firstOrdinal || ordinal >= endOrdinal) coverOrdinal(ordinal);
      const segment = lastSegment(segments, (each) => each.ownFrom <= ordinal);
      const startMs = segment.own[ordinal - segment.ownFrom];
      if (startMs === undefined) {
        const wallMs = calendar.wallAt(ordinal - segment.ordinal + segment.index);
        return { startMs: wallMs - segment.offsetMs, wallMs, offsetMs: segment.offsetMs, isRepeated: false };
      }
      const offsetMs = startMs < segment.atMs ? segment.offsetBeforeMs : segment.offsetMs;
      const isRepeated = segment.isOverlap && startMs >= segment.atMs;
      return { startMs, wallMs: startMs + offsetMs, offsetMs, isRepeated };
    },
  };
}

function lastSegment(segments: readonly Segment[], holds: (segment: Segment) => boolean): Segment {
  let low = 0;
  let high = segments.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    const segment = segments[middle];
    if (segment !== undefined && holds(segment)) low = middle;
    else high = middle;
  }
  const found = segments[low];
  if (found === undefined) throw new Error("Bug: a zone has no first segment.");
  return found;
}

function segmentsOf(
  table: ZoneTable,
  calendar: TickCalendar,
  ticksAround: (transition: ZoneTransition) => readonly number[],
): readonly Segment[] {
  const unbound: Segment = {
    fromMs: -Infinity,
    toMs: -Infinity,
    atMs: -Infinity,
    wallFromMs: -Infinity,
    wallToMs: -Infinity,
    offsetBeforeMs: table.firstOffsetMs,
    offsetMs: table.firstOffsetMs,
    isOverlap: false,
    own: [],
    ownFrom: -Infinity,
    ordinal: 0,
    index: 0,
  };
  const segments = [unbound];
  let gained = 0;
  for (const transition of table.transitions) {
    const { atMs, offsetBeforeMs, offsetAfterMs } = transition;
    const span = wallSpan(transition);
    const own = ticksAround(transition);
    const ownFrom = calendar.countBefore(span.fromMs) + gained;
    const index = calendar.countBefore(span.toMs);
    gained = ownFrom + own.length - index;
    const reachMs = Math.max(0, offsetBeforeMs - offsetAfterMs);
    segments.push({
      fromMs: atMs - reachMs,
      toMs: atMs + reachMs,
      atMs,
      wallFromMs: span.fromMs,
      wallToMs: atMs + Math.max(offsetBeforeMs, offsetAfterMs),
      offsetBeforeMs,
      offsetMs: offsetAfterMs,
      isOverlap: !span.isGap,
      own,
      ownFrom,
      ordinal: ownFrom + own.length,
      index,
    });
  }
  return anchored(segments, calendar);
}

/** The same segments, numbered so that the first tick at or after 1970-01-01T00:00 local is 0. */
function anchored(segments: readonly Segment[], calendar: TickCalendar): readonly Segment[] {
  const epoch = lastSegment(segments, (each) => each.wallToMs <= 0);
  const following = segments[segments.indexOf(epoch) + 1];
  const epochMs = -epoch.offsetMs;
  const isAmongOwn = following !== undefined && epochMs >= following.fromMs;
  const zero = isAmongOwn
    ? following.ownFrom + following.own.filter((ms) => ms < epochMs).length
    : calendar.countBefore(0) - epoch.index + epoch.ordinal;
  return segments.map((segment) => ({
    ...segment,
    ownFrom: segment.ownFrom - zero,
    ordinal: segment.ordinal - zero,
  }));
}
