import { InfillError, UnknownPartitionKeyError } from "@infill/partitions";

/** The codes of the vectors for errors that have one of ours. */
const codes: Readonly<Record<string, readonly string[]>> = {
  INFILL_CRON_INVALID: ["invalid-cron"],
  INFILL_OFFSET_INVALID: ["invalid-cron"],
  INFILL_PARTITION_KEY_INVALID: ["invalid-key-character"],
  INFILL_STATIC_KEY_DUPLICATE: ["duplicate-key"],
  INFILL_DYNAMIC_KEYS_REQUIRED: ["store-required"],
  INFILL_NO_SINGLE_TIME_DIMENSION: ["no-single-time-dimension"],
  INFILL_SCHEDULE_OVERRIDE_UNSUPPORTED: ["override-not-supported"],
  INFILL_DEFINITION_OPTION_INVALID: ["dynamic-dimension-needs-name"],
  INFILL_MAPPING_TIMEZONE_MISMATCH: ["timezone-mismatch"],
  INFILL_MAPPING_NOT_TIME_WINDOW: ["not-time-window"],
  INFILL_MAPPING_DIMENSION_REQUIRED: ["dimension-required"],
  INFILL_DIMENSION_UNKNOWN: ["unknown-dimension"],
  INFILL_MAPPING_KEY_UNKNOWN: ["mapping-unknown-key"],
};

/** What a vector calls the error; undefined for one that was not thrown on purpose. */
export function vectorCode(error: unknown): readonly string[] | undefined {
  if (error instanceof UnknownPartitionKeyError) {
    const outside = { before: "range-before-start", after: "range-after-end" };
    return error.outside === undefined ? ["unknown-key"] : ["unknown-key", outside[error.outside]];
  }
  return error instanceof InfillError ? (codes[error.code] ?? [error.code]) : undefined;
}

/** `{ error }` as the vector expects it where that fits what was thrown; `{ [name]: value }` where nothing was. */
export function outcome(
  expected: unknown,
  name: string,
  compute: () => unknown,
): Readonly<Record<string, unknown>> {
  try {
    return { [name]: compute() };
  } catch (error) {
    const known = vectorCode(error);
    if (known === undefined) throw error;
    return { error: known.find((code) => code === expected) ?? known[0] };
  }
}
