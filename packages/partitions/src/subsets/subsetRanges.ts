import type { PartitionsContext } from "../context/partitionsContext.ts";
import { type Axis, axisLayout } from "../definitions/axes.ts";
import { asTimeWindows, dynamicNameOf } from "../definitions/axisKinds.ts";
import type { AxisDefinition } from "../definitions/partitionsDefinition.ts";
import type { AxisView } from "../definitions/axisView.ts";
import { axisViews, requireTimeAxis } from "../definitions/partitionAnswers.ts";
import { keptWindowsOf, timeDefinitionOf } from "../definitions/timeWindowAnswers.ts";
import { timeWindowEngine } from "../definitions/timeWindowEngine.ts";
import { forEachRun, integerRuns, integers, runCount } from "../integers/integerQueries.ts";
import type { IntegerSet } from "../integers/integerSet.ts";
import { integersFromSorted } from "../integers/makeIntegers.ts";
import type { TimeWindow } from "../time/timeWindow.ts";
import { reorderAxes } from "./axisOrder.ts";
import { type AxisSet, projectAxis } from "./axisSet.ts";
import type { PartitionsSubset } from "./partitionsSubset.ts";
import { inDefinitionOrder } from "./subsetKeys.ts";

/** Two keys of a definition, both included. */
export type KeyRange = readonly [from: string, to: string];

/**
 * The subset as ranges of keys, both ends included, in definition order.
 *
 * With several dimensions, each range runs along one and holds the others fixed. It runs along the
 * one with the most distinct keys in the subset.
 */
export function keyRangesOfSubset(
  subset: PartitionsSubset,
  context: PartitionsContext,
): KeyRange[] {
  return [...firstKeyRanges(subset, Infinity, context).first];
}

/** How many ranges a subset has, and the first few of them. */
export interface KeyRanges {
  readonly count: number;
  readonly first: readonly KeyRange[];
}

/**
 * The number of these ranges, and the first `most` as keys; the others are only counted.
 *
 * @returns no ranges for an empty subset
 */
export function firstKeyRanges(
  subset: PartitionsSubset,
  most: number,
  context: PartitionsContext,
): KeyRanges {
  const { axes, axisOfPart } = axisLayout(subset.definition);
  const views = axisViews(subset.definition, context);
  const distinct = axes.map((_, axis) => projectAxis(subset.coordinates, axis).count);
  const along = axisToRunAlong(axes, axisOfPart, distinct);
  const order = [...axisOfPart.filter((axis) => axis !== along), along];
  const first: KeyRange[] = [];
  const counts = new Map<AxisSet, number>();
  const countOf = (set: AxisSet, depth: number): number => {
    let count = counts.get(set);
    if (count !== undefined) return count;
    count = 0;
    if (set.kind === "groups") {
      for (const group of set.groups)
        count += group.coordinates.count * countOf(group.rest, depth + 1);
    } else {
      const axis = order[depth] ?? 0;
      const [view, definition] = [views[axis], axes[axis]?.definition];
      if (view !== undefined && definition !== undefined)
        count = countRangesOfAxis(set, view, definition);
    }
    counts.set(set, count);
    return count;
  };
  const visit = (set: AxisSet, keys: ReadonlyMap<number, string>): void => {
    const axis = order[keys.size] ?? 0;
    const view = views[axis];
    if (view === undefined) return;
    const keyWith = (text: string): string =>
      axisOfPart.map((part) => (part === axis ? text : keys.get(part))).join("|");
    if (set.kind !== "groups") {
      for (const [from, to] of rangesOfAxis(set, view)) {
        if (first.length >= most) return;
        first.push([keyWith(view.keyAt(from)), keyWith(view.keyAt(to))]);
      }
      return;
    }
    for (const group of set.groups) {
      for (const coordinate of integers(group.coordinates)) {
        if (first.length >= most) return;
        visit(group.rest, new Map([...keys, [axis, view.keyAt(coordinate)]]));
      }
    }
  };
  const ordered = reorderAxes(subset.coordinates, order);
  visit(ordered, new Map());
  return { count: first.length < most ? first.length : countOf(ordered, 0), first };
}

/**
 * The axis with the most distinct keys; among equals not the time axis, and otherwise the last in
 * the key.
 */
function axisToRunAlong(
  axes: readonly Axis[],
  axisOfPart: readonly number[],
  distinct: readonly number[],
): number {
  const most = Math.max(...distinct);
  const byTime = (axis: Axis | undefined) => axis && asTimeWindows(axis.definition);
  const candidates = axisOfPart.filter((axis) => distinct[axis] === most);
  return candidates.findLast((axis) => !byTime(axes[axis])) ?? candidates.at(-1) ?? 0;
}

/**
 * The number of ranges on an axis: its runs, unless keys are listed in another order or some are
 * left out.
 */
function countRangesOfAxis(set: IntegerSet, view: AxisView, definition: AxisDefinition): number {
  const isWhole =
    keptWindowsOf(definition) === undefined && dynamicNameOf(definition) === undefined;
  if (view.isAscending && isWhole) return runCount(set);
  let count = 0;
  for (const _ of rangesOfAxis(set, view)) count++;
  return count;
}

/**
 * The runs of an axis in definition order, both ends included; excluded windows do not separate
 * runs.
 */
function* rangesOfAxis(
  set: IntegerSet,
  view: AxisView,
): Generator<readonly [from: number, to: number]> {
  const runs = view.isAscending
    ? integerRuns(set)
    : [
        ...integerRuns(
          integersFromSorted(Int32Array.from(inDefinitionOrder(set, view), view.positionOf)),
        ),
      ].map(([start, end]) => [start, end] as const);
  const toCoordinate = (at: number): number => (view.isAscending ? at : view.coordinateAt(at));
  let open: readonly [from: number, to: number] | undefined;
  for (const [start, end] of runs) {
    const first = toCoordinate(start);
    const continues =
      open !== undefined &&
      view.isAscending &&
      view.positionOf(open[1]) + 1 === view.positionOf(first);
    if (open !== undefined && !continues) yield open;
    open = [continues && open !== undefined ? open[0] : first, toCoordinate(end - 1)];
  }
  if (open !== undefined) yield open;
}

/**
 * The windows of a subset's time dimension, ascending; joined if they touch or only excluded
 * windows are between them, so that each is the span of a range of keys.
 */
export function timeWindowsOfSubset(subset: PartitionsSubset): TimeWindow[] {
  const axis = requireTimeAxis(subset.definition);
  const { ticks, kept } = timeWindowEngine(timeDefinitionOf(subset.definition));
  const windows: TimeWindow[] = [];
  let lastEnd = 0;
  forEachRun(projectAxis(subset.coordinates, axis), (start, end) => {
    const before = windows.at(-1);
    const window = { startMs: ticks.instantAt(start), endMs: ticks.instantAt(end) };
    if (before !== undefined && kept !== undefined && kept.rankOf(lastEnd) === kept.rankOf(start)) {
      windows[windows.length - 1] = { startMs: before.startMs, endMs: window.endMs };
    } else {
      windows.push(window);
    }
    lastEnd = end;
  });
  return windows;
}
