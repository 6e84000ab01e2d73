import type { PartitionsContext } from "../context/partitionsContext.ts";
import type { Axis } from "../definitions/axes.ts";
import { viewAxis } from "../definitions/viewAxis.ts";
import { unionIntegers } from "../integers/integerAlgebra.ts";
import { type IntegerSet, noIntegers } from "../integers/integerSet.ts";
import { type AxisSet, emptyAxisSet, forEachBox, productOfAxes } from "../subsets/axisSet.ts";
import { subtractAxisSets, unionAllAxisSets } from "../subsets/axisSetAlgebra.ts";
import type { AxisRelation, RequiredCoordinates } from "./axisRelation.ts";
import type { EdgeRelation } from "./edgeRelation.ts";

/** A pair of related axes, upstream and downstream. Each axis is in at most one pair. */
export interface JoinedAxes {
  readonly upstreamAxis: number;
  readonly downstreamAxis: number;
  readonly relation: AxisRelation;
}

/**
 * Relates definitions axis by axis; an axis without a pair fans out to all its existing
 * coordinates.
 *
 * A set is split into products, and a product's image is the product of the images of its sides.
 * Nothing is listed, and a side that occurs in several products is mapped once.
 */
export function productRelation(
  upstream: readonly Axis[],
  downstream: readonly Axis[],
  pairs: readonly JoinedAxes[],
): EdgeRelation {
  return {
    upstreamOf(input, context) {
      const unknownKeys = new Set<string>();
      const existing: AxisSet[] = [];
      const needed: AxisSet[] = [];
      const memo = pairs.map(() => new Map<IntegerSet, RequiredCoordinates>());
      forEachBox(input, (sides) => {
        const images = upstream.map((axis, index): RequiredCoordinates => {
          const pair = pairs.findIndex((each) => each.upstreamAxis === index);
          const joined = pairs[pair];
          if (joined === undefined)
            return { existing: allOf(axis, context), nonexistent: noIntegers, unknownKeys: [] };
          const side = sides[joined.downstreamAxis] ?? noIntegers;
          return remember(memo[pair], side, () => joined.relation.upstreamOf(side, context));
        });
        for (const image of images) for (const key of image.unknownKeys) unknownKeys.add(key);
        existing.push(productOfAxes(images.map((image) => image.existing)));
        if (images.some((image) => image.nonexistent.count > 0)) {
          needed.push(
            productOfAxes(images.map((image) => unionIntegers(image.existing, image.nonexistent))),
          );
        }
      });
      const empty = emptyAxisSet(upstream.length);
      const found = unionAllAxisSets(existing, empty);
      const nonexistent = subtractAxisSets(unionAllAxisSets(needed, empty), found);
      return { existing: found, nonexistent, unknownKeys: [...unknownKeys] };
    },
    downstreamOf(input, context) {
      const boxes: AxisSet[] = [];
      const memo = pairs.map(() => new Map<IntegerSet, IntegerSet>());
      forEachBox(input, (sides) => {
        const images = downstream.map((axis, index) => {
          const pair = pairs.findIndex((each) => each.downstreamAxis === index);
          const joined = pairs[pair];
          if (joined === undefined) return allOf(axis, context);
          const side = sides[joined.upstreamAxis] ?? noIntegers;
          return remember(memo[pair], side, () => joined.relation.downstreamOf(side, context));
        });
        boxes.push(productOfAxes(images));
      });
      return unionAllAxisSets(boxes, emptyAxisSet(downstream.length));
    },
  };
}

function allOf(axis: Axis, context: PartitionsContext): IntegerSet {
  return viewAxis(axis.definition, context).existing();
}

function remember<T>(memo: Map<IntegerSet, T> | undefined, side: IntegerSet, compute: () => T): T {
  const known = memo?.get(side);
  if (known !== undefined) return known;
  const computed = compute();
  memo?.set(side, computed);
  return computed;
}
