import type { PartitionsContext } from "../context/partitionsContext.ts";
import { axisViews } from "../definitions/partitionAnswers.ts";
import type { PartitionsDefinition } from "../definitions/partitionsDefinition.ts";
import { productOfAxes } from "./axisSet.ts";
import { intersectAxisSets, subtractAxisSets, unionAxisSets } from "./axisSetAlgebra.ts";
import { assertSameDefinition, type PartitionsSubset } from "./partitionsSubset.ts";

/** Every partition that exists. */
export function allPartitions<D extends PartitionsDefinition>(
  definition: D,
  context: PartitionsContext,
): PartitionsSubset<D> {
  return {
    definition,
    coordinates: productOfAxes(axisViews(definition, context).map((view) => view.existing())),
  };
}

/** The partitions of either subset. Throws DefinitionMismatchError if their definitions differ. */
export function unionSubsets<D extends PartitionsDefinition>(
  a: PartitionsSubset<D>,
  b: PartitionsSubset<D>,
): PartitionsSubset<D> {
  assertSameDefinition(a.definition, b.definition);
  return { definition: a.definition, coordinates: unionAxisSets(a.coordinates, b.coordinates) };
}

/** The partitions of both subsets. */
export function intersectSubsets<D extends PartitionsDefinition>(
  a: PartitionsSubset<D>,
  b: PartitionsSubset<D>,
): PartitionsSubset<D> {
  assertSameDefinition(a.definition, b.definition);
  return { definition: a.definition, coordinates: intersectAxisSets(a.coordinates, b.coordinates) };
}

/** The partitions of the first subset that are not in the second. */
export function subtractSubsets<D extends PartitionsDefinition>(
  a: PartitionsSubset<D>,
  b: PartitionsSubset<D>,
): PartitionsSubset<D> {
  assertSameDefinition(a.definition, b.definition);
  return { definition: a.definition, coordinates: subtractAxisSets(a.coordinates, b.coordinates) };
}

/** The partitions that exist and are not in the subset. */
export function complementSubset<D extends PartitionsDefinition>(
  subset: PartitionsSubset<D>,
  context: PartitionsContext,
): PartitionsSubset<D> {
  return subtractSubsets(allPartitions(subset.definition, context), subset);
}
