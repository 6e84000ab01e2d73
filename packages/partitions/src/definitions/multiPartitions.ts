import { DimensionError } from "../errors/definitionErrors.ts";
import { quoteValue } from "../errors/quoteValue.ts";
import type { DynamicPartitions } from "./dynamicPartitions.ts";
import { assertDimensionKey, normalizePartitionKey } from "../context/partitionKeyText.ts";
import type { StaticPartitions } from "./staticPartitions.ts";
import type { TimeWindowPartitions } from "./timeWindowPartitions.ts";

/** The definitions that a dimension may have. */
export type DimensionDefinition = TimeWindowPartitions | StaticPartitions | DynamicPartitions;

/** The dimensions of a multi-partitions definition, by name. */
export type Dimensions = Readonly<Record<string, DimensionDefinition>>;

/** The product of several definitions. A key joins one key a dimension with `|`, in sorted order of their names. */
export interface MultiPartitions<D extends Dimensions = Dimensions> {
  readonly kind: "multi";
  readonly dimensions: D;
}

/**
 * Partitions by several dimensions at once: `multi({ date: days, region: regions })`.
 *
 * @throws DimensionError for no dimensions, a name that cannot be one, or a dimension that has dimensions itself;
 * PartitionKeyError for a static key with `|`, `[`, `]` or `,`
 */
export function multi<const D extends Dimensions>(dimensions: D): MultiPartitions<D> {
  const names = Object.keys(dimensions ?? {});
  if (names.length === 0)
    throw new DimensionError("", "name at least one dimension, like multi({ date: days })");
  for (const name of names) {
    assertDimensionName(name);
    assertDimension(name, dimensions[name]);
  }
  return Object.freeze({ kind: "multi", dimensions: Object.freeze({ ...dimensions }) });
}

function assertDimensionName(name: string): void {
  try {
    normalizePartitionKey(name);
  } catch (cause) {
    throw new DimensionError(name, cause instanceof Error ? cause.message : "it cannot be a name");
  }
  if (/[|[\],;=&"*!:\s]/.test(name)) {
    throw new DimensionError(name, 'a name holds none of | [ ] , ; = & " * ! : and no white space');
  }
  if (name === "__proto__")
    throw new DimensionError(name, "that name has a special meaning in JavaScript");
}

function assertDimension(name: string, dimension: DimensionDefinition | undefined): void {
  switch (dimension?.kind) {
    case "static":
      dimension.keys.forEach(assertDimensionKey);
      return;
    case "timeWindow":
      assertDimensionKey(dimension.keyFormat);
      return;
    case "dynamic":
      return;
    default:
      throw new DimensionError(
        name,
        `expected a time window, static or dynamic definition, got ${quoteValue(dimension)}`,
      );
  }
}

/** The names of the dimensions in the order in which a key joins them. */
export function dimensionNames(definition: MultiPartitions): readonly string[] {
  return Object.keys(definition.dimensions).sort((a, b) => (a < b ? -1 : 1));
}
