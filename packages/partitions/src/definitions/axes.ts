import { asTimeWindows, dynamicNameOf, hasDimensions } from "./axisKinds.ts";
import { dimensionNames } from "./multiPartitions.ts";
import type { AxisDefinition, PartitionsDefinition } from "./partitionsDefinition.ts";

/** One dimension of a definition's coordinates. */
export interface Axis {
  /** The dimension's name; empty for a definition without dimensions. */
  readonly name: string;
  readonly definition: AxisDefinition;
}

/** The axes of a definition, and which part of a key belongs to each. */
export interface AxisLayout {
  readonly axes: readonly Axis[];
  /** For each part of a key, in key order, the index of its axis. */
  readonly axisOfPart: readonly number[];
}

const layouts = new WeakMap<PartitionsDefinition, AxisLayout>();

/**
 * The axes of a definition in the order of its coordinates: dimensions in sorted order of their
 * names, with the bit axis moved to the end. The bit axis is the first time dimension in that
 * order, or the last dimension if there is none.
 */
export function axesOf(definition: PartitionsDefinition): readonly Axis[] {
  return axisLayout(definition).axes;
}

/** The axes and their places in a key. Cached for each definition. */
export function axisLayout(definition: PartitionsDefinition): AxisLayout {
  let layout = layouts.get(definition);
  if (layout === undefined) {
    layout = createLayout(definition);
    layouts.set(definition, layout);
  }
  return layout;
}

function createLayout(definition: PartitionsDefinition): AxisLayout {
  if (!hasDimensions(definition)) return { axes: [{ name: "", definition }], axisOfPart: [0] };
  const inKeyOrder = dimensionNames(definition).flatMap((name) => {
    const dimension = definition.dimensions[name];
    return dimension === undefined ? [] : [{ name, definition: dimension }];
  });
  const time = inKeyOrder.findIndex((axis) => asTimeWindows(axis.definition) !== undefined);
  const bitAxis = inKeyOrder[time >= 0 ? time : inKeyOrder.length - 1];
  const lane = inKeyOrder.filter((axis) => axis !== bitAxis);
  const axes = bitAxis === undefined ? lane : [...lane, bitAxis];
  return { axes, axisOfPart: inKeyOrder.map((axis) => axes.indexOf(axis)) };
}

/**
 * The names of the dynamic definitions in a definition, itself or its dimensions; empty if there
 * are none.
 */
export function dynamicNamesOf(definition: PartitionsDefinition): readonly string[] {
  return axesOf(definition).flatMap(({ definition: axis }) => dynamicNameOf(axis) ?? []);
}
