import type { PartitionsContext } from "../context/partitionsContext.ts";
import { axisLayout } from "../definitions/axes.ts";
import { viewAxis } from "../definitions/viewAxis.ts";
import { timeAxisIndex } from "../definitions/partitionAnswers.ts";
import type { PartitionsDefinition } from "../definitions/partitionsDefinition.ts";
import { lastIntegers } from "../integers/integerQueries.ts";
import { productOfAxes } from "./axisSet.ts";
import type { PartitionsSubset } from "./partitionsSubset.ts";

/**
 * The partitions of the newest `n` existing windows of the time dimension, with all that exist of the other
 * dimensions; every partition of a definition without exactly one time dimension.
 */
export function latestPartitions<D extends PartitionsDefinition>(
  definition: D,
  n: number,
  context: PartitionsContext,
): PartitionsSubset<D> {
  const time = timeAxisIndex(definition);
  const sides = axisLayout(definition).axes.map((axis, index) => {
    const existing = viewAxis(axis.definition, context).existing();
    return index === time ? lastIntegers(existing, n) : existing;
  });
  return { definition, coordinates: productOfAxes(sides) };
}
