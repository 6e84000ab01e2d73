import { type IntegerSet, integerRange } from "../integers/integerSet.ts";
import type { AxisView } from "./axisView.ts";
import { ordinalAtOrBefore, type TimeWindowEngine, timeWindowEngine } from "./timeWindowEngine.ts";
import type { TimeWindowPartitions } from "./timeWindowPartitions.ts";

/** The view of a time-window axis, with what only such an axis has. */
export interface TimeAxisView extends AxisView {
  readonly engine: TimeWindowEngine;
  /** Existing partitions have ordinals in `[firstOrdinal, endOrdinal)`, less the excluded ones. */
  readonly firstOrdinal: number;
  readonly endOrdinal: number;
}

const latest = new WeakMap<
  TimeWindowPartitions,
  { readonly nowMs: number; readonly view: TimeAxisView }
>();

/** The view of a time-window axis; the one last asked for is kept for the next question at the same instant. */
export function timeAxisView(definition: TimeWindowPartitions, nowMs: number): TimeAxisView {
  const known = latest.get(definition);
  if (known !== undefined && known.nowMs === nowMs) return known.view;
  const view = createView(definition, nowMs);
  latest.set(definition, { nowMs, view });
  return view;
}

function createView(definition: TimeWindowPartitions, nowMs: number): TimeAxisView {
  const engine = timeWindowEngine(definition);
  const { kept, firstOrdinal } = engine;
  const endOrdinal = Math.max(
    firstOrdinal,
    Math.min(endOfExisting(engine, nowMs), engine.endOrdinal),
  );
  const firstRank = kept === undefined ? firstOrdinal : kept.rankOf(firstOrdinal);
  const count = (kept === undefined ? endOrdinal : kept.rankOf(endOrdinal)) - firstRank;
  let existing: IntegerSet | undefined;
  const exists = (ordinal: number): boolean =>
    ordinal >= firstOrdinal && ordinal < endOrdinal && (kept === undefined || kept.isKept(ordinal));
  return {
    engine,
    firstOrdinal,
    endOrdinal,
    count,
    isAscending: true,
    existing() {
      existing ??=
        kept === undefined
          ? integerRange(firstOrdinal, endOrdinal)
          : kept.within(firstOrdinal, endOrdinal);
      return existing;
    },
    exists,
    coordinateAt: (position) =>
      kept === undefined ? firstOrdinal + position : kept.ordinalAt(firstRank + position),
    positionOf: (ordinal) => (kept === undefined ? ordinal : kept.rankOf(ordinal)) - firstRank,
    keyAt: engine.keyAt,
    coordinateOf(key) {
      const ordinal = engine.ordinalOfKey(key);
      return ordinal !== undefined && exists(ordinal) ? ordinal : undefined;
    },
    nearestTo(text) {
      const ordinal = engine.ordinalNamed(text);
      if (ordinal === undefined || count === 0) return [];
      const rank = (kept === undefined ? ordinal : kept.rankOf(ordinal)) - firstRank;
      const before = Math.min(count - 1, Math.max(0, rank - 1));
      const at = Math.min(count - 1, Math.max(0, rank));
      return [...new Set([at, before])].map((position) =>
        engine.keyAt(
          kept === undefined ? firstOrdinal + position : kept.ordinalAt(firstRank + position),
        ),
      );
    },
    keyDescription: `a key like ${engine.keyAt(firstOrdinal)}`,
  };
}

/** The ordinal after the last partition that exists by the clock: ended windows, moved by the end offset. */
function endOfExisting(engine: TimeWindowEngine, nowMs: number): number {
  // The window before the last tick that has passed is the last one that has ended.
  const ended = ordinalAtOrBefore(engine.ticks, nowMs);
  const { kept, endOffset } = engine;
  if (kept === undefined || endOffset === 0) return ended + endOffset;
  const last = kept.ordinalAt(kept.rankOf(ended) + endOffset - 1);
  // Where exclusions leave nothing ahead, there is nothing for the offset to add.
  return last === Infinity ? ended : last + 1;
}
