import type { PartitionsContext } from "../context/partitionsContext.ts";
import { axisLayout } from "../definitions/axes.ts";
import { hasDimensions } from "../definitions/axisKinds.ts";
import { viewAxis } from "../definitions/viewAxis.ts";
import type { AxisDefinition } from "../definitions/partitionsDefinition.ts";
import { equalIntegers } from "../integers/integerAlgebra.ts";
import type { IntegerSet } from "../integers/integerSet.ts";
import { forEachBox } from "../subsets/axisSet.ts";
import { equalSubsets, isEmptySubset, type PartitionsSubset } from "../subsets/partitionsSubset.ts";
import { allPartitions } from "../subsets/subsetAlgebra.ts";
import { keyRangesOfSubset } from "../subsets/subsetRanges.ts";
import type {
  PartitionExpression,
  PartitionProduct,
  PartitionTerm,
} from "./partitionExpression.ts";
import { printPartitionText } from "./printPartitionText.ts";

/**
 * A partition text that selects the subset, as long as the same partitions exist: `:all`, keys and
 * ranges; with several dimensions one product for each rectangular part. A scattered subset has a
 * long text.
 */
export function partitionTextOf(subset: PartitionsSubset, context: PartitionsContext): string {
  return printPartitionText(expressionOf(subset, context));
}

function expressionOf(subset: PartitionsSubset, context: PartitionsContext): PartitionExpression {
  const all: PartitionTerm = [{ isNegated: false, atom: { kind: "all" } }];
  const nothing: PartitionTerm = [{ isNegated: true, atom: { kind: "all" } }];
  const whole = (terms: readonly PartitionTerm[]): PartitionExpression => ({
    products: [[{ dimension: undefined, terms }]],
  });
  if (isEmptySubset(subset)) return whole([nothing]);
  if (equalSubsets(subset, allPartitions(subset.definition, context))) return whole([all]);
  const { axes, axisOfPart } = axisLayout(subset.definition);
  const [only] = axes;
  if (
    !hasDimensions(subset.definition) &&
    only !== undefined &&
    subset.coordinates.kind !== "groups"
  ) {
    return whole(termsOf(only.definition, subset.coordinates, context));
  }
  const products: PartitionProduct[] = [];
  forEachBox(subset.coordinates, (sides) => {
    const clauses = axisOfPart.flatMap((index) => {
      const [axis, side] = [axes[index], sides[index]];
      if (axis === undefined || side === undefined) return [];
      const isWhole = equalIntegers(side, viewAxis(axis.definition, context).existing());
      return isWhole
        ? []
        : [{ dimension: axis.name, terms: termsOf(axis.definition, side, context) }];
    });
    products.push(clauses);
  });
  return { products };
}

function termsOf(
  definition: AxisDefinition,
  side: IntegerSet,
  context: PartitionsContext,
): PartitionTerm[] {
  return keyRangesOfSubset({ definition, coordinates: side }, context).map(([from, to]) => {
    const atom =
      from === to ? ({ kind: "key", key: from } as const) : ({ kind: "range", from, to } as const);
    return [{ isNegated: false, atom }];
  });
}
