import { axesOf, axisLayout } from "../definitions/axes.ts";
import { describeDefinition } from "../definitions/describeDefinition.ts";
import { fingerprintOf } from "../definitions/fingerprint.ts";
import type { MultiPartitions } from "../definitions/multiPartitions.ts";
import type { AxisDefinition, PartitionsDefinition } from "../definitions/partitionsDefinition.ts";
import { UnknownDimensionError } from "../errors/keyErrors.ts";
import {
  DimensionRequiredError,
  MappingIncompatibleError,
  MappingKeyError,
  MappingOptionError,
  NotTimeWindowError,
  TimezoneMismatchError,
} from "../errors/mappingErrors.ts";
import { didYouMean } from "../errors/nearestName.ts";
import { isSameDefinition } from "../subsets/partitionsSubset.ts";
import { isSameZone } from "../time/timeZone.ts";
import {
  allPartitionsMapping,
  dimensionMapping,
  identityMapping,
  type PartitionMapping,
  timeWindowMapping,
} from "./partitionMapping.ts";
import { staticRelation } from "./staticRelation.ts";
import { suggestionText } from "./suggestMappings.ts";

/**
 * The mapping of an edge, checked against both definitions; if none is given, the default:
 *
 * 1. one side un-partitioned: all partitions;
 * 2. one side with dimensions, exactly one of which equals the other side or is by time like it:
 *    that dimension;
 * 3. both by time: overlapping windows;
 * 4. both by key, or with the same dimensions: the same key.
 *
 * @throws MappingIncompatibleError for a pair without a default, with a suggestion, and the other
 *   mapping errors for a mapping that does not fit
 */
export function resolveMapping(
  upstream: PartitionsDefinition,
  downstream: PartitionsDefinition,
  mapping: PartitionMapping | undefined,
): PartitionMapping {
  const chosen = mapping ?? defaultMapping(upstream, downstream);
  const resolved =
    chosen.kind === "dimension" ? withDimension(upstream, downstream, chosen) : chosen;
  if (resolved.kind === "specific") assertKeys(upstream, resolved.keys);
  if (resolved.kind === "all" || resolved.kind === "last" || resolved.kind === "specific")
    return resolved;
  const [up, down] = [axesOf(upstream), axesOf(downstream)];
  for (const { upstreamAxis, downstreamAxis, mapping: joined } of joinedAxes(
    upstream,
    downstream,
    resolved,
  )) {
    const [from, to] = [up[upstreamAxis]?.definition, down[downstreamAxis]?.definition];
    if (from !== undefined && to !== undefined) assertFits(from, to, joined);
  }
  return resolved;
}

/** Which axes a mapping joins, and how. */
export function joinedAxes(
  upstream: PartitionsDefinition,
  downstream: PartitionsDefinition,
  mapping: PartitionMapping,
): {
  readonly upstreamAxis: number;
  readonly downstreamAxis: number;
  readonly mapping: PartitionMapping;
}[] {
  const [up, down] = [axisLayout(upstream), axisLayout(downstream)];
  if (mapping.kind === "dimension") {
    const isUpstream = upstream.kind === "multi";
    const found = (isUpstream ? up : down).axes.findIndex(
      (axis) => axis.name === mapping.dimension,
    );
    const single = (isUpstream ? down : up).axes[0]?.definition;
    const dimension = (isUpstream ? up : down).axes[found]?.definition;
    if (single === undefined || dimension === undefined) return [];
    const joined =
      mapping.mapping ??
      defaultOfAxes(
        ...(isUpstream ? ([dimension, single] as const) : ([single, dimension] as const)),
      );
    return [
      {
        upstreamAxis: isUpstream ? found : 0,
        downstreamAxis: isUpstream ? 0 : found,
        mapping: joined,
      },
    ];
  }
  if (mapping.kind === "multi") return joinedDimensions(upstream, downstream, mapping.dimensions);
  if (
    up.axes.length !== down.axes.length ||
    (upstream.kind === "multi" && mapping.kind !== "identity")
  ) {
    throw doesNotFit(upstream, downstream, mapping);
  }
  // The same key on both sides: its parts are paired in the order in which they are written.
  return up.axisOfPart.map((upstreamAxis, part) => ({
    upstreamAxis,
    downstreamAxis: down.axisOfPart[part] ?? 0,
    mapping,
  }));
}

function joinedDimensions(
  upstream: PartitionsDefinition,
  downstream: PartitionsDefinition,
  dimensions: Extract<PartitionMapping, { kind: "multi" }>["dimensions"],
): { upstreamAxis: number; downstreamAxis: number; mapping: PartitionMapping }[] {
  if (upstream.kind !== "multi" || downstream.kind !== "multi") {
    throw new MappingIncompatibleError(
      describeDefinition(upstream),
      describeDefinition(downstream),
      `multiMapping joins the dimensions of two multi-partitions definitions; ${suggestionText(upstream, downstream)}`,
    );
  }
  const taken = new Set<number>();
  return Object.entries(dimensions).map(([name, pair]) => {
    const upstreamAxis = indexOfDimension(upstream, name);
    const downstreamAxis = indexOfDimension(downstream, pair.dimension);
    if (taken.has(downstreamAxis)) {
      throw new MappingOptionError(
        `two upstream dimensions are mapped to the downstream dimension "${pair.dimension}"; map each to one of its own`,
      );
    }
    taken.add(downstreamAxis);
    const [from, to] = [
      axesOf(upstream)[upstreamAxis]?.definition,
      axesOf(downstream)[downstreamAxis]?.definition,
    ];
    if (from === undefined || to === undefined) throw new Error("Bug: a dimension has no axis.");
    return { upstreamAxis, downstreamAxis, mapping: pair.mapping ?? defaultOfAxes(from, to) };
  });
}

function indexOfDimension(definition: MultiPartitions, name: string): number {
  const index = axesOf(definition).findIndex((axis) => axis.name === name);
  if (index < 0) throw new UnknownDimensionError(name, Object.keys(definition.dimensions).sort());
  return index;
}

function defaultMapping(
  upstream: PartitionsDefinition,
  downstream: PartitionsDefinition,
): PartitionMapping {
  if (upstream.kind === "unpartitioned" || downstream.kind === "unpartitioned")
    return allPartitionsMapping();
  if ((upstream.kind === "multi") !== (downstream.kind === "multi")) return dimensionMapping();
  if (upstream.kind === "multi" || downstream.kind === "multi") {
    const names = (definition: PartitionsDefinition): string =>
      axesOf(definition)
        .map((axis) => axis.name)
        .join();
    if (
      names(upstream) === names(downstream) &&
      axesOf(upstream).every((axis, index) => {
        const other = axesOf(downstream)[index]?.definition;
        return other !== undefined && haveKeysAlike(axis.definition, other);
      })
    )
      return identityMapping();
    throw new MappingIncompatibleError(
      describeDefinition(upstream),
      describeDefinition(downstream),
      `their dimensions are not the same; ${suggestionText(upstream, downstream)}`,
    );
  }
  if (upstream.kind === "timeWindow" && downstream.kind === "timeWindow")
    return timeWindowMapping();
  if (haveKeysAlike(upstream, downstream)) return identityMapping();
  throw new MappingIncompatibleError(
    describeDefinition(upstream),
    describeDefinition(downstream),
    `one is by time and the other is not; ${suggestionText(upstream, downstream)}`,
  );
}

/** Whether both definitions can have equal keys with the same meaning. */
function haveKeysAlike(a: AxisDefinition, b: AxisDefinition): boolean {
  if (a.kind === "timeWindow" || b.kind === "timeWindow")
    return fingerprintOf(a) === fingerprintOf(b);
  return true;
}

function defaultOfAxes(upstream: AxisDefinition, downstream: AxisDefinition): PartitionMapping {
  return upstream.kind === "timeWindow" && downstream.kind === "timeWindow"
    ? timeWindowMapping()
    : identityMapping();
}

function withDimension(
  upstream: PartitionsDefinition,
  downstream: PartitionsDefinition,
  mapping: Extract<PartitionMapping, { kind: "dimension" }>,
): PartitionMapping {
  const many = upstream.kind === "multi" ? upstream : downstream;
  const single = upstream.kind === "multi" ? downstream : upstream;
  if (many.kind !== "multi" || single.kind === "multi")
    throw doesNotFit(upstream, downstream, mapping);
  const axes = axesOf(many);
  if (mapping.dimension !== undefined) {
    indexOfDimension(many, mapping.dimension);
    return mapping;
  }
  const fitting = axes.filter(
    ({ definition }) =>
      (definition.kind === "timeWindow" && single.kind === "timeWindow") ||
      isSameDefinition(definition, single),
  );
  const [only] = fitting;
  if (only === undefined || fitting.length > 1) {
    throw new DimensionRequiredError(
      fitting.map((axis) => axis.name),
      suggestionText(upstream, downstream),
    );
  }
  return { ...mapping, dimension: only.name };
}

function assertFits(
  upstream: AxisDefinition,
  downstream: AxisDefinition,
  mapping: PartitionMapping,
): void {
  switch (mapping.kind) {
    case "timeWindow":
    case "latestOverlapping": {
      const other = [upstream, downstream].find((each) => each.kind !== "timeWindow");
      if (other !== undefined)
        throw new NotTimeWindowError(
          mapping.kind === "timeWindow" ? "timeWindowMapping" : mapping.kind,
          describeDefinition(other),
          suggestionText(upstream, downstream),
        );
      if (upstream.kind !== "timeWindow" || downstream.kind !== "timeWindow") return;
      const mayDiffer = mapping.kind === "timeWindow" && mapping.acrossTimezones;
      if (!mayDiffer && !isSameZone(upstream.timezone, downstream.timezone)) {
        throw new TimezoneMismatchError(upstream.timezone, downstream.timezone);
      }
      return;
    }
    case "identity":
      if (
        upstream.kind === "timeWindow" &&
        downstream.kind === "timeWindow" &&
        fingerprintOf(upstream) !== fingerprintOf(downstream)
      ) {
        throw new MappingIncompatibleError(
          describeDefinition(upstream),
          describeDefinition(downstream),
          `windows of different cadences or zones differ, although their keys may be equal; ${suggestionText(upstream, downstream)}`,
        );
      }
      return;
    case "static":
      if (upstream.kind !== "static" || downstream.kind !== "static")
        throw doesNotFit(upstream, downstream, mapping);
      staticRelation(upstream, downstream, mapping);
      return;
    case "specific":
      assertKeys(upstream, mapping.keys);
      return;
    case "all":
    case "last":
      return;
    case "dimension":
    case "multi":
      throw new MappingOptionError("a dimension cannot itself be mapped by dimensions");
  }
}

function assertKeys(upstream: PartitionsDefinition, keys: readonly string[]): void {
  if (upstream.kind !== "static") return;
  for (const key of keys) {
    if (!upstream.keys.includes(key))
      throw new MappingKeyError(key, "upstream", didYouMean(key, upstream.keys));
  }
}

function doesNotFit(
  upstream: PartitionsDefinition,
  downstream: PartitionsDefinition,
  mapping: PartitionMapping,
): Error {
  if (mapping.kind === "timeWindow" || mapping.kind === "latestOverlapping") {
    const other = [upstream, downstream].find((each) => each.kind !== "timeWindow") ?? downstream;
    return new NotTimeWindowError(
      mapping.kind === "timeWindow" ? "timeWindowMapping" : mapping.kind,
      describeDefinition(other),
      suggestionText(upstream, downstream),
    );
  }
  const names: Partial<Record<PartitionMapping["kind"], string>> = {
    identity: "identityMapping relates definitions with the same number of dimensions",
    static: "staticMapping relates two static definitions",
    dimension: "dimensionMapping relates a multi-partitions definition to a single one",
  };
  return new MappingIncompatibleError(
    describeDefinition(upstream),
    describeDefinition(downstream),
    `${names[mapping.kind] ?? "the mapping does not fit"}; ${suggestionText(upstream, downstream)}`,
  );
}
