import type { DynamicPartitions } from "./dynamicPartitions.ts";
import type { MultiPartitions } from "./multiPartitions.ts";
import type { StaticPartitions } from "./staticPartitions.ts";
import type { TimeWindowPartitions } from "./timeWindowPartitions.ts";
import type { Unpartitioned } from "./unpartitioned.ts";

/** A definition with a single axis. */
export type AxisDefinition =
  | TimeWindowPartitions
  | StaticPartitions
  | DynamicPartitions
  | Unpartitioned;

/** Which partitions an asset has. Plain data with a discriminant `kind`. */
export type PartitionsDefinition = AxisDefinition | MultiPartitions;

/** A partition: one integer for each axis of its definition. */
export type Coordinates = readonly number[];

/** The keys of a definition, as literals if the compiler knows them. */
export type PartitionKeyOf<D extends PartitionsDefinition> =
  D extends StaticPartitions<infer K> ? K : string;

/** The keys of a partition by dimension; empty for a definition without dimensions. */
export type DimensionKeysOf<D extends PartitionsDefinition> =
  D extends MultiPartitions<infer Dimensions>
    ? { readonly [Name in keyof Dimensions]: PartitionKeyOf<Dimensions[Name]> }
    : Readonly<Record<never, never>>;
