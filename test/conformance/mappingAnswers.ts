import {
  allPartitionsMapping,
  axesOf,
  dimensionMapping,
  downstreamOf,
  type Edge,
  emptySubset,
  identityMapping,
  integers,
  lastPartitionMapping,
  latestOverlapping,
  multiMapping,
  type PartitionMapping,
  type PartitionsContext,
  type PartitionsDefinition,
  partitionKeyAt,
  projectSubset,
  resolveMapping,
  specificPartitions,
  staticMapping,
  subsetFromKnownKeys,
  subsetKeys,
  timeWindowMapping,
  type UpstreamPartitions,
  upstreamOf,
  allPartitions,
} from "@infill/partitions";
import {
  type Answers,
  type MappingSpec,
  NotUnderstood,
  onlyFields,
  type Vector,
} from "./vector.ts";

/** The vectors' names of the defaults. */
const inferredNames: Partial<Record<PartitionMapping["kind"], string>> = {
  identity: "identity",
  timeWindow: "timeWindow",
  all: "all",
  dimension: "multiToSingle",
};

/** What the library answers to each field that a mapping vector may expect. */
export function mappingAnswers(
  vector: Vector,
  upstream: PartitionsDefinition,
  downstream: PartitionsDefinition,
  context: PartitionsContext,
): Answers {
  const given =
    vector.mapping === null || vector.mapping === undefined
      ? undefined
      : buildMapping(vector.mapping);
  const mapping = resolveMapping(upstream, downstream, given);
  const edge: Edge = { upstream, downstream, mapping };
  if (vector.direction === "downstreamOf") {
    const found = downstreamOf(edge, inputOf(vector, upstream, context), context);
    return {
      keys: () => sorted(subsetKeys(found, context)),
      inferred: () => inferredNames[mapping.kind],
    };
  }
  if (vector.direction !== "upstreamOf")
    throw new NotUnderstood(`direction "${vector.direction}" is not known`);
  const found = upstreamOf(edge, inputOf(vector, downstream, context), context);
  return {
    keys: () => sorted(subsetKeys(found.subset, context)),
    nonexistent: () => sorted(nonexistentKeys(upstream, found, context)),
    inferred: () => inferredNames[mapping.kind],
  };
}

/** The input's partitions; keys that do not exist are left out first (section 3). */
function inputOf(vector: Vector, definition: PartitionsDefinition, context: PartitionsContext) {
  if (vector.input === null) return allPartitions(definition, context);
  return vector.input === undefined
    ? emptySubset(definition)
    : subsetFromKnownKeys(definition, vector.input, context);
}

/** Of several dimensions the vectors list the keys of a dimension that do not exist, not whole keys (section 3.2). */
function nonexistentKeys(
  definition: PartitionsDefinition,
  found: UpstreamPartitions,
  context: PartitionsContext,
): Iterable<string> {
  if (definition.kind !== "multi")
    return [...subsetKeys(found.nonexistent, context), ...found.unknownKeys];
  const existing = allPartitions(definition, context);
  const keys = axesOf(definition).flatMap((axis, index) => {
    const there = new Set(integers(projectSubset(existing, index)));
    return [...integers(projectSubset(found.nonexistent, index))]
      .filter((coordinate) => !there.has(coordinate))
      .map((coordinate) => partitionKeyAt(axis.definition, [coordinate], context));
  });
  return [...keys, ...found.unknownKeys];
}

/** Section 3: keys are compared as sets. */
export function sorted(keys: Iterable<string>): string[] {
  return [...keys].sort();
}

function buildMapping(spec: MappingSpec): PartitionMapping {
  switch (spec.type) {
    case "identity":
      return only(spec, [], identityMapping());
    case "timeWindow": {
      const { startOffset = 0, endOffset = 0, allowNonexistentUpstream = false } = spec;
      return only(
        spec,
        ["startOffset", "endOffset", "allowNonexistentUpstream"],
        timeWindowMapping({ startOffset, endOffset, allowNonexistentUpstream }),
      );
    }
    case "latestOverlapping":
      return only(spec, [], latestOverlapping());
    case "all":
      return only(spec, [], allPartitionsMapping());
    case "last":
      return only(spec, [], lastPartitionMapping());
    case "specific":
      return only(spec, ["keys"], specificPartitions(spec.keys ?? []));
    case "static":
      return only(spec, ["map"], staticMapping(spec.map ?? {}));
    case "multiToSingle":
      return only(
        spec,
        ["dimension"],
        dimensionMapping(spec.dimension ? { dimension: spec.dimension } : {}),
      );
    case "multi": {
      const pairs = Object.entries(spec.dimensions ?? {}).map(([name, pair]) => {
        onlyFields(pair, ["dimension", "mapping"]);
        return [name, { dimension: pair.dimension, mapping: buildMapping(pair.mapping) }] as const;
      });
      return only(spec, ["dimensions"], multiMapping(Object.fromEntries(pairs)));
    }
    default:
      throw new NotUnderstood(`a mapping of type "${spec.type}" is not known`);
  }
}

function only(
  spec: MappingSpec,
  fields: readonly string[],
  mapping: PartitionMapping,
): PartitionMapping {
  onlyFields(spec, ["type", ...fields]);
  return mapping;
}
