import {
  cronPartitions,
  type DimensionDefinition,
  type DynamicKeys,
  daily,
  dynamicKeys,
  dynamicPartitions,
  hourly,
  monthly,
  multi,
  type PartitionsContext,
  type PartitionsDefinition,
  staticPartitions,
  unpartitioned,
  weekly,
} from "@infill/partitions";
import { type DefinitionSpec, NotUnderstood, onlyFields, type Vector } from "./vector.ts";

const common = ["type", "start", "end", "timezone", "endOffset", "keyFormat", "exclusions"];

/** The definition that a vector describes; `null` is the un-partitioned one. */
export function buildDefinition(spec: DefinitionSpec | null): PartitionsDefinition {
  if (spec === null) return unpartitioned;
  if (spec.type === "multi") {
    onlyFields(spec, ["type", "dimensions"]);
    return multi(
      Object.fromEntries(
        Object.entries(spec.dimensions ?? {}).map(([name, each]) => [name, buildAxis(each)]),
      ),
    );
  }
  return buildAxis(spec);
}

function buildAxis(spec: DefinitionSpec): DimensionDefinition {
  const time = {
    start: spec.start ?? "",
    end: spec.end ?? undefined,
    timezone: spec.timezone,
    endOffset: spec.endOffset,
    keyFormat: spec.keyFormat,
    exclusions: spec.exclusions,
  };
  const { minuteOffset, hourOffset, dayOffset } = spec;
  switch (spec.type) {
    case "hourly":
      onlyFields(spec, [...common, "minuteOffset"]);
      return hourly({ ...time, minuteOffset });
    case "daily":
      onlyFields(spec, [...common, "minuteOffset", "hourOffset"]);
      return daily({ ...time, minuteOffset, hourOffset });
    case "weekly":
      onlyFields(spec, [...common, "minuteOffset", "hourOffset", "dayOffset"]);
      return weekly({ ...time, minuteOffset, hourOffset, dayOffset });
    case "monthly":
      onlyFields(spec, [...common, "minuteOffset", "hourOffset", "dayOffset"]);
      return monthly({ ...time, minuteOffset, hourOffset, dayOffset });
    case "cron":
      onlyFields(spec, [...common, "cron"]);
      return cronPartitions({ ...time, cron: spec.cron ?? "", keyFormat: spec.keyFormat ?? "" });
    case "static":
      onlyFields(spec, ["type", "keys"]);
      return staticPartitions(spec.keys ?? []);
    case "dynamic":
      onlyFields(spec, ["type", "name", "keys"]);
      return dynamicPartitions({ name: spec.name ?? "" });
    default:
      throw new NotUnderstood(`a definition of type "${spec.type}" is not known`);
  }
}

/** The context of a vector: its clock, and the dynamic keys that its definitions say the store holds. */
export function contextOf(vector: Vector): PartitionsContext {
  const found = new Map<string, DynamicKeys>();
  const visit = (spec: DefinitionSpec | null | undefined): void => {
    if (spec === null || spec === undefined) return;
    if (spec.type === "dynamic" && spec.keys) found.set(spec.name ?? "", dynamicKeys(spec.keys));
    for (const dimension of Object.values(spec.dimensions ?? {})) visit(dimension);
  };
  for (const spec of [vector.definition, vector.upstream, vector.downstream]) visit(spec);
  // Where a result does not depend on time the vector has no clock; any instant will do.
  return { nowMs: Date.parse(vector.now ?? "2025-07-01T00:00:00Z"), dynamicKeys: found };
}
