import { InfillError } from "./infillError.ts";
import { quoteValue } from "./quoteValue.ts";

/** The context does not have the keys of a dynamic definition. */
export class DynamicKeysRequiredError extends InfillError {
  readonly code = "INFILL_DYNAMIC_KEYS_REQUIRED";
  readonly definitionName: string;

  constructor(name: string) {
    super(
      `The context lacks the keys of the dynamic partitions ${quoteValue(name)}: put them into its dynamicKeys.`,
    );
    this.definitionName = name;
  }
}

/** The form of a definition's keys, for an error about a text that is not a key. */
export interface ExpectedKeys {
  /** In words, for example `a key like 2024-01-31`. */
  readonly format: string;
  /** Undefined if no partition exists. */
  readonly first: string | undefined;
  readonly last: string | undefined;
  /** Existing keys similar to the requested one, nearest first. */
  readonly nearest: readonly string[];
  /** For a time window, whether it is before the definition's start or after its end. */
  readonly outside?: "before" | "after" | undefined;
}

/** The text is not the key of an existing partition. */
export class UnknownPartitionKeyError extends InfillError {
  readonly code = "INFILL_PARTITION_KEY_UNKNOWN";
  readonly partitionKey: string;
  readonly expected: ExpectedKeys;
  /**
   * Whether it is a time before the definition's start or after its end; undefined for any other
   * reason.
   */
  readonly outside: "before" | "after" | undefined;

  constructor(partitionKey: string, expected: ExpectedKeys) {
    const range =
      expected.first === undefined || expected.last === undefined
        ? ", and no partition exists yet"
        : expected.first === expected.last
          ? `; the only one is ${quoteValue(expected.first)}`
          : ` from ${quoteValue(expected.first)} to ${quoteValue(expected.last)}`;
    const nearest = expected.nearest.map(quoteValue).join(" or ");
    super(
      `Unknown partition key ${quoteValue(partitionKey)}: expected ${expected.format}${range}.` +
        (nearest === "" ? "" : ` Did you mean ${nearest}?`),
    );
    this.partitionKey = partitionKey;
    this.expected = expected;
    this.outside = expected.outside;
  }
}

/** The definition has no partition with these coordinates. */
export class CoordinatesError extends InfillError {
  readonly code = "INFILL_PARTITION_COORDINATES_INVALID";

  constructor(coordinates: readonly number[], reason: string) {
    super(`Invalid partition coordinates (${coordinates.join(", ")}): ${reason}.`);
  }
}

/** The start of a range of keys is after its end. */
export class InvertedRangeError extends InfillError {
  readonly code = "INFILL_RANGE_INVERTED";
  readonly from: string;
  readonly to: string;

  constructor(from: string, to: string) {
    super(
      `The range from ${quoteValue(from)} to ${quoteValue(to)} is inverted: write [${to}...${from}].`,
    );
    this.from = from;
    this.to = to;
  }
}

/** The partitions do not have exactly one time dimension, so they have no time window. */
export class NoSingleTimeDimensionError extends InfillError {
  readonly code = "INFILL_NO_SINGLE_TIME_DIMENSION";

  constructor(definition: string) {
    super(`${definition} has no time windows: they need exactly one time dimension.`);
  }
}

/** The definition does not have this dimension. */
export class UnknownDimensionError extends InfillError {
  readonly code = "INFILL_DIMENSION_UNKNOWN";
  readonly dimension: string;

  constructor(dimension: string, names: readonly string[]) {
    const known =
      names.length === 0
        ? "the definition has no dimensions"
        : `expected ${names.map(quoteValue).join(" or ")}`;
    super(`Unknown dimension ${quoteValue(dimension)}: ${known}.`);
    this.dimension = dimension;
  }
}

/** There are too many partitions to count exactly. */
export class TooManyPartitionsError extends InfillError {
  readonly code = "INFILL_TOO_MANY_PARTITIONS";

  constructor(definition: string) {
    super(
      `${definition} has more than ${Number.MAX_SAFE_INTEGER} partitions: use fewer or smaller dimensions.`,
    );
  }
}

/** The cadence cannot follow a change to its schedule. */
export class ScheduleOverrideError extends InfillError {
  readonly code = "INFILL_SCHEDULE_OVERRIDE_UNSUPPORTED";
  readonly option: string;

  constructor(option: string, cadence: string) {
    super(
      `A schedule for ${cadence} partitions cannot set ${quoteValue(option)}: remove it, or use another cadence.`,
    );
    this.option = option;
  }
}
