import { type IntegerSet, integerRange } from "../integers/integerSet.ts";
import type { AxisView } from "./axisView.ts";
import { ordinalAtOrBefore, type TimeWindowEngine, timeWindowEngine } from "./timeWindowEngine.ts";
import type { TimeWindowPartitions } from "./timeWindowPartitions.ts";

/** The view of a time-window axis, with its extra facts. */
export interface TimeAxisView extends AxisView {
  readonly engine: TimeWindowEngine;
  /**
   * Existing partitions have ordinals in `[firstOrdinal, endOrdinal)`, except the excluded ones.
   */
  readonly firstOrdinal: number;
  readonly endOrdinal: number;
}

const latest = new WeakMap<
  TimeWindowPartitions,
  { readonly nowMs: number; readonly view: TimeAxisView }
>();

/** The view of a time-window axis. The last one is cached for further calls at the same instant. */
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

/** The ordinal after the last existing partition: ended windows, shifted by the end offset. */
function endOfExisting(engine: TimeWindowEngine, nowMs: number): number {
  // The last ended window is the one before the last tick that has passed.
  const ended = ordinalAtOrBefore(engine.ticks, nowMs);
  const { kept, endOffset } = engine;
  if (kept === undefined || endOffset === 0) return ended + endOffset;
  const last = kept.ordinalAt(kept.rankOf(ended) + endOffset - 1);
  // If exclusions leave no later window, the offset adds nothing.
  return last === Infinity ? ended : last + 1;
}
