import type { PartitionsContext } from "../context/partitionsContext.ts";
import { axisLayout } from "../definitions/axes.ts";
import type { AxisView } from "../definitions/axisView.ts";
import { axisViews } from "../definitions/partitionAnswers.ts";
import { hasInteger, integerRuns, integers } from "../integers/integerQueries.ts";
import type { IntegerSet } from "../integers/integerSet.ts";
import { reorderAxes } from "./axisOrder.ts";
import type { AxisSet } from "./axisSet.ts";
import { runsOfGroups } from "./axisSetAlgebra.ts";
import type { PartitionsSubset } from "./partitionsSubset.ts";

/** The keys of a subset in definition order, without removed dynamic keys. Streams. */
export function* subsetKeys(
  subset: PartitionsSubset,
  context: PartitionsContext,
): Generator<string> {
  const { axisOfPart } = axisLayout(subset.definition);
  const views = axisViews(subset.definition, context);
  const inKeyOrder = axisOfPart.flatMap((axis) => views[axis] ?? []);
  yield* keysOf(reorderAxes(subset.coordinates, axisOfPart), inKeyOrder, 0, "");
}

function* keysOf(
  set: AxisSet,
  views: readonly AxisView[],
  part: number,
  prefix: string,
): Generator<string> {
  const view = views[part];
  if (view === undefined) return;
  if (set.kind !== "groups") {
    if (!view.isAscending) {
      for (const coordinate of inDefinitionOrder(set, view)) yield prefix + view.keyAt(coordinate);
      return;
    }
    for (const [start, end] of integerRuns(set)) {
      for (let coordinate = start; coordinate < end; coordinate++)
        yield prefix + view.keyAt(coordinate);
    }
    return;
  }
  for (const [coordinate, rest] of restsInDefinitionOrder(set, view)) {
    yield* keysOf(rest, views, part + 1, `${prefix}${view.keyAt(coordinate)}|`);
  }
}

/** The members of an axis in definition order. */
export function* inDefinitionOrder(set: IntegerSet, view: AxisView): Generator<number> {
  if (view.isAscending) {
    yield* integers(set);
    return;
  }
  for (let position = 0; position < view.count; position++) {
    const coordinate = view.coordinateAt(position);
    if (hasInteger(set, coordinate)) yield coordinate;
  }
}

function* restsInDefinitionOrder(
  set: Extract<AxisSet, { kind: "groups" }>,
  view: AxisView,
): Generator<readonly [number, AxisSet]> {
  if (view.isAscending) {
    for (const run of runsOfGroups(set.groups)) {
      const rest = set.groups[run.group]?.rest;
      if (rest === undefined) continue;
      for (let coordinate = run.start; coordinate < run.end; coordinate++) yield [coordinate, rest];
    }
    return;
  }
  for (let position = 0; position < view.count; position++) {
    const coordinate = view.coordinateAt(position);
    const group = set.groups.find((each) => hasInteger(each.coordinates, coordinate));
    if (group !== undefined) yield [coordinate, group.rest];
  }
}
