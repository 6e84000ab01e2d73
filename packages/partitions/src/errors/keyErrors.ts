import { InfillError } from "./infillError.ts";
import { quoteValue } from "./quoteValue.ts";

/** The keys of a dynamic definition were needed, but the context does not hold them. */
export class DynamicKeysRequiredError extends InfillError {
  readonly code = "INFILL_DYNAMIC_KEYS_REQUIRED";
  readonly definitionName: string;

  constructor(name: string) {
    super(
      `The keys of the dynamic partitions ${quoteValue(name)} are not known here: put them into the context's dynamicKeys.`,
    );
    this.definitionName = name;
  }
}

/** What a definition's keys look like, for an error about one that is none. */
export interface ExpectedKeys {
  /** In words, for example `a key like 2024-01-31`. */
  readonly format: string;
  /** Undefined where no partition exists. */
  readonly first: string | undefined;
  readonly last: string | undefined;
  /** Existing keys close to the one asked for, nearest first. */
  readonly nearest: readonly string[];
  /** Of a time window, whether it lies before the definition's start or after its end. */
  readonly outside?: "before" | "after" | undefined;
}

/** A text that is not the key of an existing partition. */
export class UnknownPartitionKeyError extends InfillError {
  readonly code = "INFILL_PARTITION_KEY_UNKNOWN";
  readonly partitionKey: string;
  readonly expected: ExpectedKeys;
  /** Whether it is a time before the definition's start or after its end; undefined for any other reason. */
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

/** Coordinates that are of no partition of the definition. */
export class CoordinatesError extends InfillError {
  readonly code = "INFILL_PARTITION_COORDINATES_INVALID";

  constructor(coordinates: readonly number[], reason: string) {
    super(`Invalid partition coordinates (${coordinates.join(", ")}): ${reason}.`);
  }
}

/** A range of keys whose start comes after its end. */
export class InvertedRangeError extends InfillError {
  readonly code = "INFILL_RANGE_INVERTED";
  readonly from: string;
  readonly to: string;

  constructor(from: string, to: string) {
    super(
      `The range from ${quoteValue(from)} to ${quoteValue(to)} is the wrong way round: write [${to}...${from}].`,
    );
    this.from = from;
    this.to = to;
  }
}

/** A question about the time window of partitions that do not have exactly one time dimension. */
export class NoSingleTimeDimensionError extends InfillError {
  readonly code = "INFILL_NO_SINGLE_TIME_DIMENSION";

  constructor(definition: string) {
    super(`${definition} has no time windows of its own: that needs exactly one time dimension.`);
  }
}

/** A dimension that the definition does not have. */
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

/** More partitions than can be counted exactly. */
export class TooManyPartitionsError extends InfillError {
  readonly code = "INFILL_TOO_MANY_PARTITIONS";

  constructor(definition: string) {
    super(
      `${definition} has more than ${Number.MAX_SAFE_INTEGER} partitions: use fewer or smaller dimensions.`,
    );
  }
}

/** A change to a schedule that the cadence cannot follow. */
export class ScheduleOverrideError extends InfillError {
  readonly code = "INFILL_SCHEDULE_OVERRIDE_UNSUPPORTED";
  readonly option: string;

  constructor(option: string, cadence: string) {
    super(
      `A schedule for ${cadence} partitions cannot set ${quoteValue(option)}: leave it out, or use another cadence.`,
    );
    this.option = option;
  }
}
