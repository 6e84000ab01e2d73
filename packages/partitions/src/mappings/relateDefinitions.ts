import type { PartitionsContext } from "../context/partitionsContext.ts";
import { axesOf } from "../definitions/axes.ts";
import { axisViews, lastPartition, partitionOfKey } from "../definitions/partitionAnswers.ts";
import type { PartitionsDefinition } from "../definitions/partitionsDefinition.ts";
import { windowOrdinalOf } from "../definitions/timeWindowAnswers.ts";
import { type AxisSet, emptyAxisSet, isEmptyAxisSet, productOfAxes } from "../subsets/axisSet.ts";
import { intersectAxisSets } from "../subsets/axisSetAlgebra.ts";
import { subsetFromCoordinates } from "../subsets/subsetFromKeys.ts";
import type { EdgeRelation, RequiredUpstream } from "./edgeRelation.ts";
import type { PartitionMapping } from "./partitionMapping.ts";
import { productRelation } from "./productRelation.ts";
import { relateAxes } from "./relateAxes.ts";
import { joinedAxes, resolveMapping } from "./resolveMapping.ts";

/**
 * The relation of two definitions under a mapping.
 *
 * @throws the errors of {@link resolveMapping}
 */
export function relateDefinitions(
  upstream: PartitionsDefinition,
  downstream: PartitionsDefinition,
  mapping: PartitionMapping,
): EdgeRelation {
  const resolved = resolveMapping(upstream, downstream, mapping);
  switch (resolved.kind) {
    case "all":
      return fixedRelation(downstream, (context) => ({
        existing: everything(upstream, context),
        ...nothingMissing(upstream),
      }));
    case "last":
      return fixedRelation(downstream, (context) => {
        const last = lastPartition(upstream, context);
        return {
          existing: coordinatesOf(upstream, last === undefined ? [] : [last]),
          ...nothingMissing(upstream),
        };
      });
    case "specific":
      return fixedRelation(downstream, (context) => specificKeys(upstream, resolved.keys, context));
    default: {
      const [up, down] = [axesOf(upstream), axesOf(downstream)];
      const pairs = joinedAxes(upstream, downstream, resolved).map(
        ({ upstreamAxis, downstreamAxis, mapping: joined }) => {
          const [from, to] = [up[upstreamAxis]?.definition, down[downstreamAxis]?.definition];
          if (from === undefined || to === undefined)
            throw new Error("Bug: a mapping joins an axis that is not there.");
          return { upstreamAxis, downstreamAxis, relation: relateAxes(from, to, joined) };
        },
      );
      return productRelation(up, down, pairs);
    }
  }
}

/** Relates the same upstream partitions to every downstream one. */
function fixedRelation(
  downstream: PartitionsDefinition,
  required: (context: PartitionsContext) => RequiredUpstream,
): EdgeRelation {
  return {
    upstreamOf: (_, context) => required(context),
    downstreamOf(input, context) {
      const feeds = !isEmptyAxisSet(intersectAxisSets(required(context).existing, input));
      return feeds ? everything(downstream, context) : emptyAxisSet(axesOf(downstream).length);
    },
  };
}

function everything(definition: PartitionsDefinition, context: PartitionsContext): AxisSet {
  return productOfAxes(axisViews(definition, context).map((view) => view.existing()));
}

function nothingMissing(definition: PartitionsDefinition): {
  nonexistent: AxisSet;
  unknownKeys: readonly string[];
} {
  return { nonexistent: emptyAxisSet(axesOf(definition).length), unknownKeys: [] };
}

function coordinatesOf(
  definition: PartitionsDefinition,
  partitions: readonly (readonly number[])[],
): AxisSet {
  return subsetFromCoordinates(definition, partitions).coordinates;
}

function specificKeys(
  definition: PartitionsDefinition,
  keys: readonly string[],
  context: PartitionsContext,
): RequiredUpstream {
  const existing: (readonly number[])[] = [];
  const nonexistent: (readonly number[])[] = [];
  const unknownKeys: string[] = [];
  for (const key of keys) {
    const found = partitionOfKey(definition, key, context);
    const ordinal = windowOrdinalOf(definition, key);
    if (found !== undefined) existing.push(found);
    else if (ordinal !== undefined) nonexistent.push([ordinal]);
    else unknownKeys.push(key);
  }
  return {
    existing: coordinatesOf(definition, existing),
    nonexistent: coordinatesOf(definition, nonexistent),
    unknownKeys,
  };
}
