import { InfillError } from "./infillError.ts";
import { quoteValue } from "./quoteValue.ts";

/** A mapping's options are invalid. */
export class MappingOptionError extends InfillError {
  readonly code = "INFILL_MAPPING_INVALID";

  constructor(reason: string) {
    super(`Invalid partition mapping: ${reason}.`);
  }
}

/** Two definitions have no default mapping, or the mapping does not fit them. */
export class MappingIncompatibleError extends InfillError {
  readonly code = "INFILL_MAPPING_INCOMPATIBLE";
  readonly upstream: string;
  readonly downstream: string;

  constructor(upstream: string, downstream: string, remedy: string) {
    super(`No mapping from upstream "${upstream}" to downstream "${downstream}": ${remedy}.`);
    this.upstream = upstream;
    this.downstream = downstream;
  }
}

/** A time-window mapping relates definitions that are not both by time. */
export class NotTimeWindowError extends InfillError {
  readonly code = "INFILL_MAPPING_NOT_TIME_WINDOW";

  constructor(mapping: string, found: string, remedy: string) {
    super(`${mapping} maps time windows to time windows, but one side is "${found}": ${remedy}.`);
  }
}

/** A time-window mapping relates two zones without the option for that. */
export class TimezoneMismatchError extends InfillError {
  readonly code = "INFILL_MAPPING_TIMEZONE_MISMATCH";

  constructor(upstream: string, downstream: string) {
    super(
      `The upstream is in ${quoteValue(upstream)}, the downstream in ${quoteValue(downstream)}: use one time zone, ` +
        "or map instants with timeWindowMapping({ acrossTimezones: true }).",
    );
  }
}

/**
 * A mapping between a multi-partitions definition and a single one does not say which dimension to
 * use.
 */
export class DimensionRequiredError extends InfillError {
  readonly code = "INFILL_MAPPING_DIMENSION_REQUIRED";

  constructor(fitting: readonly string[], remedy: string) {
    const found =
      fitting.length === 0 ? "none fits" : `${fitting.map(quoteValue).join(" and ")} fit`;
    super(`It is not clear which dimension to map (${found}): ${remedy}.`);
  }
}

/** A mapping has a key that its definition does not have. */
export class MappingKeyError extends InfillError {
  readonly code = "INFILL_MAPPING_KEY_UNKNOWN";
  readonly partitionKey: string;

  constructor(partitionKey: string, side: "upstream" | "downstream", suggestion: string) {
    super(
      `The mapping names ${quoteValue(partitionKey)}, which is not a key of the ${side}.${suggestion}`,
    );
    this.partitionKey = partitionKey;
  }
}
