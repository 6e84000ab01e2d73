import type { DynamicKeys } from "../context/dynamicKeys.ts";
import { dynamicKeysOf, type PartitionsContext } from "../context/partitionsContext.ts";
import { integerRange } from "../integers/integerSet.ts";
import type { AxisView } from "./axisView.ts";
import { listAxisView } from "./listAxisView.ts";
import type { AxisDefinition } from "./partitionsDefinition.ts";
import { positionsOf } from "./staticPartitions.ts";
import { timeAxisView } from "./timeAxisView.ts";

/** The view of an axis. Cheap, because lists and engines are cached. */
export function viewAxis(definition: AxisDefinition, context: PartitionsContext): AxisView {
  switch (definition.kind) {
    case "timeWindow":
      return timeAxisView(definition, context.nowMs);
    case "static":
      return listAxisView(definition.keys, undefined, positionsOf(definition), undefined);
    case "dynamic":
      return dynamicAxisView(dynamicKeysOf(context, definition.name));
    case "unpartitioned":
      return unpartitionedView;
  }
}

/** Views by their keys, cached because creating one reads all keys. */
const dynamicViews = new WeakMap<DynamicKeys, AxisView>();

function dynamicAxisView(known: DynamicKeys): AxisView {
  let view = dynamicViews.get(known);
  if (view === undefined) {
    const { keys, ordinals, positionByKey, positionByOrdinal, removedKeyOf } = known;
    view = listAxisView(keys, ordinals, positionByKey, positionByOrdinal, removedKeyOf);
    dynamicViews.set(known, view);
  }
  return view;
}

const unpartitionedView: AxisView = {
  count: 1,
  isAscending: true,
  existing: () => integerRange(0, 1),
  exists: (coordinate) => coordinate === 0,
  coordinateAt: () => 0,
  positionOf: () => 0,
  keyAt: () => "",
  coordinateOf: (key) => (key === "" ? 0 : undefined),
  nearestTo: () => [],
  keyDescription: "the empty key of an un-partitioned asset",
};
