import type { DimensionKeysOf, PartitionKeyOf, PartitionsDefinition } from "@infill/partitions";
import type { Interval } from "luxon";
import type { Metadata } from "./metadata.ts";

/** The partition to materialize. */
export interface MaterializePartition<D extends PartitionsDefinition> {
  /** The partition key, such as `2024-08-01|us`; empty for an un-partitioned asset. */
  readonly key: PartitionKeyOf<D>;
  /** The key of each dimension by name; empty for a definition of one dimension. */
  readonly keys: DimensionKeysOf<D>;
}

/**
 * Writes a line about the running partition to the worker's log. Never throws: values that JSON
 * lacks become readable text, and text beyond some 16 KB is cut. Works after the end of the
 * partition, too.
 */
export interface MaterializeLog {
  /** Written if the worker logs at the level `debug`. */
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** The argument of a `materialize` function: the partition to produce, and its surroundings. */
export interface MaterializeContext<D extends PartitionsDefinition = PartitionsDefinition> {
  readonly asset: string;
  readonly partition: MaterializePartition<D>;
  /**
   * The half-open time window, in the definition's zone. Reading it throws if the asset has no time
   * dimension.
   */
  readonly window: Interval<true>;
  readonly backfillId: string;
  /**
   * 1 for the first start of this partition, and one more for each further start, for whatever
   * reason.
   */
  readonly attempt: number;
  /** Aborts when the backfill is canceled, the partition times out, the worker drains, or the claim is lost. */
  readonly signal: AbortSignal;
  readonly log: MaterializeLog;
  /**
   * The keys of an upstream asset that this partition needs, in definition order.
   *
   * @throws UnknownAssetError if the asset does not depend on `upstream`
   */
  upstreamKeys(upstream: string): Iterable<string>;
}

/** What a `materialize` function may return: facts about the partition, stored beside its state. */
export interface MaterializeResult {
  /**
   * A plain object of JSON values, at most `maxMetadataBytes` (8,192) bytes of JSON. Anything else (an array, a text, a
   * `Map`, an instance of a class, something too large) is not stored: the worker's log says so, and the partition succeeds.
   */
  readonly metadata?: Metadata;
}

/** Produces one partition. Called at least once for each, so it must be safe to call again. */
export type Materialize<D extends PartitionsDefinition> = (
  context: MaterializeContext<D>,
) => Promise<MaterializeResult | void> | MaterializeResult | void;
