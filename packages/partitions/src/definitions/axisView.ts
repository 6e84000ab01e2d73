import type { DynamicKeys } from "../context/dynamicKeys.ts";
import { dynamicKeysOf, type PartitionsContext } from "../context/partitionsContext.ts";
import type { IntegerSet } from "../integers/integerSet.ts";
import { integerRange } from "../integers/integerSet.ts";
import { listAxisView } from "./listAxisView.ts";
import type { AxisDefinition } from "./partitionsDefinition.ts";
import { positionsOf } from "./staticPartitions.ts";
import { timeAxisView } from "./timeAxisView.ts";

/**
 * One axis of a definition at one moment: which coordinates exist, their keys and their order.
 *
 * A position is a rank in definition order, 0 for the first; it differs from the coordinate where exclusions or a
 * start come in, and for dynamic keys.
 */
export interface AxisView {
  /** How many exist. */
  readonly count: number;
  /** Whether definition order is ascending order of coordinates. */
  readonly isAscending: boolean;
  /** The existing coordinates. */
  existing(): IntegerSet;
  exists(coordinate: number): boolean;
  /** The coordinate at a position from 0 to `count - 1`. */
  coordinateAt(position: number): number;
  /** The number of existing partitions before it in definition order. */
  positionOf(coordinate: number): number;
  /** The key of a coordinate, whether it exists now or not; throws where the definition never had it. */
  keyAt(coordinate: number): string;
  /** The coordinate of an existing partition; undefined for any other text. */
  coordinateOf(key: string): number | undefined;
  /** Existing keys close to a text that is none, nearest first, at most two. */
  nearestTo(text: string): readonly string[];
  /** What keys look like, in words. */
  readonly keyDescription: string;
}

/** The view of an axis. Cheap: lists and engines are shared. */
export function axisView(definition: AxisDefinition, context: PartitionsContext): AxisView {
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

/** Views by their keys: to make one is to look at all of them. */
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
