import {
  allPartitions,
  complementSubset,
  countSubset,
  emptySubset,
  intersectSubsets,
  keyRangesOfSubset,
  type PartitionsContext,
  type PartitionsDefinition,
  type PartitionsSubset,
  partitionOfKey,
  subsetFromKnownKeys,
  subsetFromRange,
  subsetFromTimeWindows,
  subsetHas,
  subsetKeys,
  subsetOfDimensions,
  subtractSubsets,
  timeWindowsOfSubset,
  unionSubsets,
} from "@infill/partitions";
import { sorted } from "./mappingAnswers.ts";
import {
  type Answers,
  entries,
  NotUnderstood,
  onlyFields,
  type SubsetSpec,
  utc,
  type Vector,
} from "./vector.ts";

/** What the library answers to each field that a subset vector may expect. */
export function subsetAnswers(
  vector: Vector,
  definition: PartitionsDefinition,
  context: PartitionsContext,
): Answers {
  const subset = resultOf(vector, definition, context);
  const inOrder = definition.kind === "timeWindow";
  const keysOf = (of: PartitionsSubset): string[] =>
    inOrder ? [...subsetKeys(of, context)] : sorted(subsetKeys(of, context));
  return {
    keys: () => keysOf(subset),
    missing: () => keysOf(complementSubset(subset, context)),
    count: () => countSubset(subset),
    windows: () =>
      timeWindowsOfSubset(subset).map(({ startMs, endMs }) => [utc(startMs), utc(endMs)]),
    ranges: (expected) => {
      const ranges = keyRangesOfSubset(subset, context);
      return definition.kind === "multi" && hasSameMembers(expected, ranges) ? expected : ranges;
    },
    contains: (expected) =>
      entries(expected).map(({ key }) => {
        const partition = partitionOfKey(definition, String(key), context);
        return { key, in: partition !== undefined && subsetHas(subset, partition) };
      }),
  };
}

/** Section 4: ranges of a multi subset are compared as sets. */
function hasSameMembers(expected: unknown, ranges: readonly (readonly string[])[]): boolean {
  const texts = (list: readonly unknown[]): string =>
    list
      .map((range) => JSON.stringify(range))
      .sort()
      .join();
  return Array.isArray(expected) && texts(expected) === texts(ranges);
}

function resultOf(
  vector: Vector,
  definition: PartitionsDefinition,
  context: PartitionsContext,
): PartitionsSubset {
  if (vector.a === undefined) throw new NotUnderstood("a subset vector has a side `a`");
  const a = build(vector.a, definition, context);
  if (vector.op === "describe") return a;
  if (vector.b === undefined) throw new NotUnderstood("an operation needs a side `b`");
  const b = build(vector.b, definition, context);
  switch (vector.op) {
    case "union":
      return unionSubsets(a, b);
    case "intersect":
      return intersectSubsets(a, b);
    case "subtract":
      return subtractSubsets(a, b);
    default:
      throw new NotUnderstood(`operation "${vector.op}" is not known`);
  }
}

function build(
  spec: SubsetSpec,
  definition: PartitionsDefinition,
  context: PartitionsContext,
): PartitionsSubset {
  onlyFields(spec, ["keys", "windows", "ranges", "all", "dimension", "value"]);
  if (spec.keys) return subsetFromKnownKeys(definition, spec.keys, context);
  if (spec.windows) {
    const windows = spec.windows.map(([from, to]) => ({
      startMs: Date.parse(from),
      endMs: Date.parse(to),
    }));
    return subsetFromTimeWindows(definition, windows);
  }
  if (spec.ranges) {
    const empty: PartitionsSubset = emptySubset(definition);
    return spec.ranges.reduce(
      (union, [from, to]) => unionSubsets(union, subsetFromRange(definition, from, to, context)),
      empty,
    );
  }
  if (spec.all) return allPartitions(definition, context);
  if (spec.dimension === undefined || spec.value === undefined)
    throw new NotUnderstood("this side of a subset is not known");
  return subsetOfDimensions(definition, { [spec.dimension]: [spec.value] }, context);
}
