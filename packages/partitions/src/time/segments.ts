import type { TickCalendar } from "./tickCalendar.ts";
import type { ZoneTransition } from "./timeZone.ts";
import { wallSpan } from "./ticksAroundTransition.ts";
import type { ZoneTable } from "./zoneTable.ts";

/**
 * The segments between a zone's transitions, in columns. Row 0 is the time before the first
 * transition. Each further row begins with a transition's own ticks; after these, a tick is its
 * wall time less the offset.
 */
export interface Segments {
  /** The first and the last possible instant of the transition's own ticks. */
  readonly fromMs: Float64Array;
  readonly toMs: Float64Array;
  readonly atMs: Float64Array;
  /** The wall times that the transition skips or repeats, half-open. */
  readonly wallFromMs: Float64Array;
  readonly wallToMs: Float64Array;
  readonly offsetBeforeMs: Float64Array;
  readonly offsetMs: Float64Array;
  /** Instants of the transition's own ticks. */
  readonly own: readonly (readonly number[])[];
  readonly ownFrom: Float64Array;
  /** Ordinal of the first tick after them, and its number in the calendar. */
  readonly ordinal: Float64Array;
  readonly index: Float64Array;
}

/** The segments of a zone's table, numbered so that the first tick at or after 1970-01-01T00:00 local has ordinal 0. */
export function segmentsOf(
  table: ZoneTable,
  calendar: TickCalendar,
  ticksAround: (transition: ZoneTransition) => readonly number[],
): Segments {
  const rows = table.transitions.length + 1;
  const column = (first: number): Float64Array => new Float64Array(rows).fill(first, 0, 1);
  const own: (readonly number[])[] = [[]];
  const segments = {
    fromMs: column(-Infinity),
    toMs: column(-Infinity),
    atMs: column(-Infinity),
    wallFromMs: column(-Infinity),
    wallToMs: column(-Infinity),
    offsetBeforeMs: column(table.firstOffsetMs),
    offsetMs: column(table.firstOffsetMs),
    own,
    ownFrom: column(-Infinity),
    ordinal: column(0),
    index: column(0),
  };
  let gained = 0;
  table.transitions.forEach((transition, at) => {
    const row = at + 1;
    const { atMs, offsetBeforeMs, offsetAfterMs } = transition;
    const span = wallSpan(transition);
    const reachMs = Math.max(0, offsetBeforeMs - offsetAfterMs);
    const ticks = ticksAround(transition);
    const ownFrom = calendar.countBefore(span.fromMs) + gained;
    const index = calendar.countBefore(span.toMs);
    gained = ownFrom + ticks.length - index;
    own.push(ticks);
    segments.fromMs[row] = atMs - reachMs;
    segments.toMs[row] = atMs + reachMs;
    segments.atMs[row] = atMs;
    segments.wallFromMs[row] = span.fromMs;
    segments.wallToMs[row] = atMs + Math.max(offsetBeforeMs, offsetAfterMs);
    segments.offsetBeforeMs[row] = offsetBeforeMs;
    segments.offsetMs[row] = offsetAfterMs;
    segments.ownFrom[row] = ownFrom;
    segments.ordinal[row] = ownFrom + ticks.length;
    segments.index[row] = index;
  });
  const epoch = lastAtMost(segments.wallToMs, 0, 0);
  const zero = ordinalAtOrAfter(segments, calendar, -(segments.offsetMs[epoch] ?? 0), 0);
  for (let row = 0; row < rows; row++) {
    segments.ownFrom[row] = (segments.ownFrom[row] ?? 0) - zero;
    segments.ordinal[row] = (segments.ordinal[row] ?? 0) - zero;
  }
  return segments;
}

/** The ordinal of the first tick at or after the instant. @param hint a row to try first */
export function ordinalAtOrAfter(
  segments: Segments,
  calendar: TickCalendar,
  ms: number,
  hint: number,
): number {
  const row = lastAtMost(segments.fromMs, ms, hint);
  if (ms <= (segments.toMs[row] ?? 0)) {
    const own = segments.own[row] ?? [];
    let before = 0;
    while (before < own.length && (own[before] ?? 0) < ms) before++;
    return (segments.ownFrom[row] ?? 0) + before;
  }
  if (!Number.isFinite(ms)) return ms;
  return (
    calendar.countBefore(ms + (segments.offsetMs[row] ?? 0)) -
    (segments.index[row] ?? 0) +
    (segments.ordinal[row] ?? 0)
  );
}

/**
 * The last row whose value is at most the given one; row 0 if there is none. @param hint a row to
 * try first
 */
export function lastAtMost(column: Float64Array, value: number, hint: number): number {
  const next = column[hint + 1];
  if ((column[hint] ?? Infinity) <= value && (next === undefined || value < next)) return hint;
  let low = 0;
  let high = column.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((column[middle] ?? 0) <= value) low = middle;
    else high = middle;
  }
  return low;
}
