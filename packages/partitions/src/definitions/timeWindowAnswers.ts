import type { PartitionsContext } from "../context/partitionsContext.ts";
import type { TimeWindow } from "../time/timeWindow.ts";
import { axisLayout } from "./axes.ts";
import { asTimeWindows } from "./axisKinds.ts";
import { requireTimeAxis } from "./partitionAnswers.ts";
import type { PartitionsDefinition } from "./partitionsDefinition.ts";
import { type TimeAxisView, timeAxisView } from "./timeAxisView.ts";
import { ordinalAtOrBefore, type TimeWindowEngine, timeWindowEngine } from "./timeWindowEngine.ts";
import type { TimeWindowPartitions } from "./timeWindowPartitions.ts";

/** The first existing partition whose window starts at or after the instant; undefined past the last. */
export function partitionFrom(
  definition: TimeWindowPartitions,
  ms: number,
  context: PartitionsContext,
): number | undefined {
  const view = timeAxisView(definition, context.nowMs);
  return atPosition(
    view,
    view.positionOf(Math.max(view.firstOrdinal, view.engine.ticks.ordinalAtOrAfter(ms))),
  );
}

/** The last existing partition whose window ended at or before the instant; undefined before the first. */
export function partitionUntil(
  definition: TimeWindowPartitions,
  ms: number,
  context: PartitionsContext,
): number | undefined {
  const view = timeAxisView(definition, context.nowMs);
  const end = Math.min(ordinalAtOrBefore(view.engine.ticks, ms), view.endOrdinal);
  return atPosition(view, view.positionOf(Math.max(view.firstOrdinal, end)) - 1);
}

/**
 * The partition whose window holds the instant, whether it exists or not; undefined if it is
 * excluded.
 */
export function partitionAtInstant(
  definition: TimeWindowPartitions,
  ms: number,
): number | undefined {
  const { ticks, kept } = timeWindowEngine(definition);
  const ordinal = ordinalAtOrBefore(ticks, ms);
  return kept === undefined || kept.isKept(ordinal) ? ordinal : undefined;
}

/**
 * The window that a text names, whether it exists or not: the first that starts at or after that
 * time. Without an offset, a repeated hour means the earlier one. Undefined for a text that is not
 * written like a key.
 */
export function timeWindowNamed(
  definition: TimeWindowPartitions,
  text: string,
): TimeWindow | undefined {
  const { ticks, ordinalNamed } = timeWindowEngine(definition);
  const ordinal = ordinalNamed(text);
  return ordinal === undefined
    ? undefined
    : { startMs: ticks.instantAt(ordinal), endMs: ticks.instantAt(ordinal + 1) };
}

/**
 * The ordinal of the window with a key, whether it exists or not; undefined for a text that is not a key, and for a
 * definition of another kind.
 */
export function windowOrdinalOf(definition: PartitionsDefinition, key: string): number | undefined {
  const windows = asTimeWindows(definition);
  return windows && timeWindowEngine(windows).ordinalOfKey(key);
}

/** Which ordinals are not excluded; undefined if all are kept, as in a definition of another kind. */
export function keptWindowsOf(definition: PartitionsDefinition): TimeWindowEngine["kept"] {
  const windows = asTimeWindows(definition);
  return windows && timeWindowEngine(windows).kept;
}

/**
 * The definition of the only time axis; throws NoSingleTimeDimensionError if there is none or
 * several.
 */
export function timeDefinitionOf(definition: PartitionsDefinition): TimeWindowPartitions {
  const found = axisLayout(definition).axes[requireTimeAxis(definition)];
  const windows = found && asTimeWindows(found.definition);
  if (windows === undefined) throw new Error("Bug: the time axis is not by time.");
  return windows;
}

function atPosition(view: TimeAxisView, position: number): number | undefined {
  return position >= 0 && position < view.count ? view.coordinateAt(position) : undefined;
}
