import type { PartitionsContext } from "../context/partitionsContext.ts";
import { axisLayout } from "../definitions/axes.ts";
import type { AxisView } from "../definitions/axisView.ts";
import { axisViews, requireTimeAxis } from "../definitions/partitionAnswers.ts";
import { timeWindowEngine } from "../definitions/timeWindowEngine.ts";
import { integerRuns, integers } from "../integers/integerQueries.ts";
import type { IntegerSet } from "../integers/integerSet.ts";
import { integersFromSorted } from "../integers/makeIntegers.ts";
import { mergeTimeWindows, type TimeWindow } from "../time/timeWindow.ts";
import { reorderAxes } from "./axisOrder.ts";
import { type AxisSet, projectAxis } from "./axisSet.ts";
import type { PartitionsSubset } from "./partitionsSubset.ts";
import { inDefinitionOrder } from "./subsetKeys.ts";

/** Two keys of a definition, both included. */
export type KeyRange = readonly [from: string, to: string];

/**
 * The subset as ranges of keys, both ends included, in definition order.
 *
 * Of several dimensions, each range runs along one and holds the others fixed: along the one with the most distinct
 * keys in the subset.
 */
export function keyRangesOfSubset(subset: PartitionsSubset, context: PartitionsContext): KeyRange[] {
  const { axes, axisOfPart } = axisLayout(subset.definition);
  const views = axisViews(subset.definition, context);
  const distinct = axes.map((_, axis) => projectAxis(subset.coordinates, axis).count);
  const along = axisOfPart.reduce((best, axis) => ((distinct[axis] ?? 0) >= (distinct[best] ?? 0) ? axis : best), axisOfPart[0] ?? 0);
  const order = [...axisOfPart.filter((axis) => axis !== along), along];
  const ranges: KeyRange[] = [];
  const visit = (set: AxisSet, keys: ReadonlyMap<number, string>): void => {
    const axis = order[keys.size] ?? 0;
    const view = views[axis];
    if (view === undefined) return;
    const keyWith = (text: string): string => axisOfPart.map((part) => (part === axis ? text : keys.get(part))).join("|");
    if (set.kind !== "groups") {
      for (const [from, to] of rangesOfAxis(set, view)) ranges.push([keyWith(view.keyAt(from)), keyWith(view.keyAt(to))]);
      return;
    }
    for (const group of set.groups) {
      for (const coordinate of integers(group.coordinates)) visit(group.rest, new Map([...keys, [axis, view.keyAt(coordinate)]]));
    }
  };
  visit(reorderAxes(subset.coordinates, order), new Map());
  return ranges;
}

/** The runs of an axis in definition order, both ends included; what is left out by exclusion does not part them. */
function* rangesOfAxis(set: IntegerSet, view: AxisView): Generator<readonly [from: number, to: number]> {
  const runs = view.isAscending
    ? integerRuns(set)
    : [...integerRuns(integersFromSorted(Int32Array.from(inDefinitionOrder(set, view), view.positionOf)))].map(
        ([start, end]) => [start, end] as const,
      );
  const toCoordinate = (at: number): number => (view.isAscending ? at : view.coordinateAt(at));
  let open: readonly [from: number, to: number] | undefined;
  for (const [start, end] of runs) {
    const first = toCoordinate(start);
    const continues = open !== undefined && view.isAscending && view.positionOf(open[1]) + 1 === view.positionOf(first);
    if (open !== undefined && !continues) yield open;
    open = [continues && open !== undefined ? open[0] : first, toCoordinate(end - 1)];
  }
  if (open !== undefined) yield open;
}

/** The windows of a subset's time dimension, merged where they touch, ascending. */
export function timeWindowsOfSubset(subset: PartitionsSubset): TimeWindow[] {
  const axis = requireTimeAxis(subset.definition);
  const definition = axisLayout(subset.definition).axes[axis]?.definition;
  if (definition?.kind !== "timeWindow") return [];
  const { ticks } = timeWindowEngine(definition);
  return mergeTimeWindows(
    [...integerRuns(projectAxis(subset.coordinates, axis))].map(([start, end]) => ({
      startMs: ticks.instantAt(start),
      endMs: ticks.instantAt(end),
    })),
  );
}
