import { axisLayout } from "./axes.ts";
import type { AxisDefinition, PartitionsDefinition } from "./partitionsDefinition.ts";
import type { TimeWindowPartitions } from "./timeWindowPartitions.ts";

const shownKeys = 5;

/** A definition in a few words: `daily from 2001-01-01, America/New_York × region: us, eu, jp`. */
export function describeDefinition(definition: PartitionsDefinition): string {
  if (definition.kind !== "multi") return describeAxis(definition);
  const { axes, axisOfPart } = axisLayout(definition);
  return axisOfPart
    .flatMap((index) => axes[index] ?? [])
    .map((axis) =>
      axis.definition.kind === "timeWindow"
        ? describeAxis(axis.definition)
        : `${axis.name}: ${describeAxis(axis.definition)}`,
    )
    .join(" × ");
}

function describeAxis(definition: AxisDefinition): string {
  switch (definition.kind) {
    case "timeWindow":
      return describeTimeWindows(definition);
    case "static": {
      const shown = definition.keys.slice(0, shownKeys).join(", ");
      const more = definition.keys.length - shownKeys;
      return definition.keys.length === 0
        ? "no keys"
        : more > 0
          ? `${shown} and ${more} more`
          : shown;
    }
    case "dynamic":
      return `dynamic ${definition.name}`;
    case "unpartitioned":
      return "un-partitioned";
  }
}

function describeTimeWindows(definition: TimeWindowPartitions): string {
  const cadence =
    definition.cadence === "minutely" || definition.cadence === "cron"
      ? `cron ${definition.cron}`
      : definition.cadence;
  const end = definition.end === undefined ? "" : ` to ${definition.end}`;
  return `${cadence} from ${definition.start}${end}, ${definition.timezone}`;
}
