import { asTimeWindows, axesOf, type PartitionsDefinition } from "@infill/partitions";

/** The zone of a definition's time dimension; undefined if it has none or several. */
export function definitionTimezone(definition: PartitionsDefinition): string | undefined {
  const zones = axesOf(definition).flatMap(
    (axis) => asTimeWindows(axis.definition)?.timezone ?? [],
  );
  return zones.length === 1 ? zones[0] : undefined;
}
