import type { AxisDefinition } from "../definitions/partitionsDefinition.ts";
import { asTimeWindows } from "../definitions/axisKinds.ts";
import { describeDefinition } from "../definitions/describeDefinition.ts";
import type { KeptTicks } from "../time/keptTicks.ts";
import { type TimeAxisView, timeAxisView } from "../definitions/timeAxisView.ts";
import { ordinalAtOrBefore, timeWindowEngine } from "../definitions/timeWindowEngine.ts";
import type { TimeWindowPartitions } from "../definitions/timeWindowPartitions.ts";
import { NotTimeWindowError } from "../errors/mappingErrors.ts";
import { intersectIntegers, subtractIntegers } from "../integers/integerAlgebra.ts";
import { forEachRun, unionAllIntegers } from "../integers/integerQueries.ts";
import { type IntegerSet, noIntegers } from "../integers/integerSet.ts";
import { RunsBuilder } from "../integers/runsBuilder.ts";
import type { Ticks } from "../time/ticks.ts";
import type { AxisRelation } from "./axisRelation.ts";
import type { TimeWindowMapping } from "./partitionMapping.ts";

/**
 * Relates a downstream window to every upstream window that overlaps it after a shift of its ends,
 * counted in downstream partitions that are not excluded.
 *
 * Works on runs: the two ends of a run of neighbors are shifted and looked up, and a run is skipped
 * if the answer so far covers it. So the cost depends on the coarser side. Two sides of one cadence
 * share their ordinals, and need no instants.
 */
export function timeWindowRelation(
  upstreamAxis: AxisDefinition,
  downstreamAxis: AxisDefinition,
  mapping: TimeWindowMapping,
): AxisRelation {
  const upstream = requireTimeWindows(upstreamAxis, "timeWindowMapping");
  const downstream = requireTimeWindows(downstreamAxis, "timeWindowMapping");
  const up = timeWindowEngine(upstream).ticks;
  const { ticks: down, kept } = timeWindowEngine(downstream);
  const { startOffset, endOffset } = mapping;
  if (up === down && (kept === undefined || (startOffset === 0 && endOffset === 0)))
    return sameCadenceRelation(upstream, downstream, mapping);
  const shift =
    kept === undefined ? plainShift(down, mapping) : shiftOverExclusions(down, kept, mapping);

  return {
    upstreamOf(input, context) {
      const view = timeAxisView(upstream, context.nowMs);
      const bounds = existingBounds(view);
      const touched = new RunsBuilder();
      let coveredTo = -Infinity;
      forEachRun(input, (start, end) => {
        if (end <= coveredTo) return;
        const fromMs = stopShift(shift.startOf(start), down.instantAt(start), startOffset, bounds);
        const toMs = stopShift(shift.endOf(end), down.instantAt(end), endOffset, bounds);
        if (fromMs >= toMs) return;
        const last = up.ordinalAtOrAfter(toMs);
        touched.add(ordinalAtOrBefore(up, fromMs), last);
        // An end that was stopped is past its shifted place, but never past its own.
        if (kept === undefined)
          coveredTo = ordinalAtOrBefore(down, up.instantAt(last)) - Math.max(0, endOffset);
      });
      const needed = keptAmong(upstream, touched.finish());
      const existing = intersectIntegers(needed, view.existing());
      const nonexistent = mapping.allowNonexistentUpstream
        ? noIntegers
        : subtractIntegers(needed, existing);
      return { existing, nonexistent, unknownKeys: [] };
    },
    downstreamOf(input, context) {
      const fed = new RunsBuilder();
      let coveredTo = -Infinity;
      forEachRun(input, (start, end) => {
        if (end <= coveredTo) return;
        const from = shift.firstEndingAfter(up.instantAt(start));
        const to = shift.firstNotStartingBefore(up.instantAt(end));
        fed.add(from, to);
        if (kept === undefined) coveredTo = ordinalAtOrBefore(up, down.instantAt(to + startOffset));
      });
      return intersectIntegers(fed.finish(), timeAxisView(downstream, context.nowMs).existing());
    },
  };
}

/**
 * The relation of two definitions with the same ticks; with offsets, the downstream must have no
 * exclusions.
 */
function sameCadenceRelation(
  upstream: TimeWindowPartitions,
  downstream: TimeWindowPartitions,
  { startOffset, endOffset, allowNonexistentUpstream }: TimeWindowMapping,
): AxisRelation {
  return {
    upstreamOf(input, context) {
      const view = timeAxisView(upstream, context.nowMs);
      const range =
        view.count === 0
          ? undefined
          : { from: view.coordinateAt(0), to: view.coordinateAt(view.count - 1) + 1 };
      const needed = shiftRuns(input, startOffset, endOffset, range);
      const existing = intersectIntegers(needed, view.existing());
      const nonexistent = allowNonexistentUpstream
        ? noIntegers
        : keptAmong(upstream, subtractIntegers(needed, existing));
      return { existing, nonexistent, unknownKeys: [] };
    },
    downstreamOf: (input, context) =>
      intersectIntegers(
        shiftRuns(input, -endOffset, -startOffset, undefined),
        timeAxisView(downstream, context.nowMs).existing(),
      ),
  };
}

/** Moves the two ends of each run; see {@link stopShift}. */
function shiftRuns(
  set: IntegerSet,
  startOffset: number,
  endOffset: number,
  range: Range | undefined,
): IntegerSet {
  if (startOffset === 0 && endOffset === 0) return set;
  const shifted = new RunsBuilder();
  forEachRun(set, (start, end) => {
    const from = stopShift(start + startOffset, start, startOffset, range);
    const to = stopShift(end + endOffset, end, endOffset, range);
    if (from < to) shifted.add(from, to);
  });
  return shifted.finish();
}

/** The shifted windows of a downstream: their ends, and the ordinals whose shifted windows meet an instant. */
interface Shift {
  startOf(ordinal: number): number;
  /** The end of the last window before this ordinal. */
  endOf(ordinal: number): number;
  /** The first ordinal whose shifted window ends after the instant. */
  firstEndingAfter(ms: number): number;
  /** The first ordinal whose shifted window does not start before the instant. */
  firstNotStartingBefore(ms: number): number;
}

function plainShift(ticks: Ticks, { startOffset, endOffset }: TimeWindowMapping): Shift {
  return {
    startOf: (ordinal) => ticks.instantAt(ordinal + startOffset),
    endOf: (ordinal) => ticks.instantAt(ordinal + endOffset),
    firstEndingAfter: (ms) => ordinalAtOrBefore(ticks, ms) - endOffset,
    firstNotStartingBefore: (ms) => ticks.ordinalAtOrAfter(ms) - startOffset,
  };
}

/**
 * With exclusions, an end that moves by n steps goes to the start (backward) or the end (forward)
 * of the nth kept window, so that the excluded windows in between stay inside.
 */
function shiftOverExclusions(
  ticks: Ticks,
  kept: KeptTicks,
  { startOffset, endOffset }: TimeWindowMapping,
): Shift {
  const startOfRank = (rank: number): number => ticks.instantAt(kept.ordinalAt(rank));
  const endOfRank = (rank: number): number => ticks.instantAt(kept.ordinalAt(rank) + 1);
  return {
    startOf(ordinal) {
      if (startOffset === 0) return ticks.instantAt(ordinal);
      const rank = kept.rankOf(ordinal) + startOffset;
      return startOffset < 0 ? startOfRank(rank) : endOfRank(rank - 1);
    },
    endOf(ordinal) {
      if (endOffset === 0) return ticks.instantAt(ordinal);
      const rank = kept.rankOf(ordinal) + endOffset;
      return endOffset < 0 ? startOfRank(rank) : endOfRank(rank - 1);
    },
    firstEndingAfter(ms) {
      const at = ordinalAtOrBefore(ticks, ms);
      const rank = endOffset < 0 ? kept.rankOf(at + 1) - 1 : kept.rankOf(at);
      return kept.ordinalAt(rank - endOffset);
    },
    firstNotStartingBefore(ms) {
      const at = ticks.ordinalAtOrAfter(ms);
      const rank = startOffset > 0 ? kept.rankOf(at - 1) + 1 : kept.rankOf(at);
      return kept.ordinalAt(rank - startOffset);
    },
  };
}

/** The existing range of an upstream, half-open, as instants or as ordinals. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** From the start of the first existing window to the end of the last; undefined if none exists. */
function existingBounds(view: TimeAxisView): Range | undefined {
  if (view.count === 0) return undefined;
  const { ticks } = view.engine;
  return {
    from: ticks.instantAt(view.coordinateAt(0)),
    to: ticks.instantAt(view.coordinateAt(view.count - 1) + 1),
  };
}

/**
 * Limits a shifted end: backward to the first existing window's start, forward to the last one's
 * end. An end that is outside already stays unshifted, so that everything that the mapping requires
 * without offsets stays required.
 */
function stopShift(
  shifted: number,
  unshifted: number,
  offset: number,
  range: Range | undefined,
): number {
  if (range === undefined || offset === 0) return shifted;
  return offset < 0
    ? Math.min(unshifted, Math.max(shifted, range.from))
    : Math.max(unshifted, Math.min(shifted, range.to));
}

/** The ordinals that are not excluded. */
export function keptAmong(definition: TimeWindowPartitions, ordinals: IntegerSet): IntegerSet {
  const { kept } = timeWindowEngine(definition);
  if (kept === undefined || ordinals.count === 0) return ordinals;
  const sets: IntegerSet[] = [];
  forEachRun(ordinals, (start, end) => sets.push(kept.within(start, end)));
  return unionAllIntegers(sets);
}

/** The definition, if it is by time; throws {@link NotTimeWindowError} otherwise. */
export function requireTimeWindows(
  definition: AxisDefinition,
  mapping: string,
): TimeWindowPartitions {
  const windows = asTimeWindows(definition);
  if (windows === undefined)
    throw new NotTimeWindowError(
      mapping,
      describeDefinition(definition),
      "use another mapping, such as allPartitionsMapping()",
    );
  return windows;
}
