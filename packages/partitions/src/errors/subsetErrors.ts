import { InfillError } from "./infillError.ts";
import { quoteValue } from "./quoteValue.ts";

/** The bytes are not an encoded subset: cut off, changed, or of an unknown version. */
export class SubsetEncodingError extends InfillError {
  readonly code = "INFILL_SUBSET_ENCODING_INVALID";

  constructor(reason: string) {
    super(
      `The bytes are not an encoded partitions subset: ${reason}. Pass what encodeSubset returned.`,
    );
  }
}

/** A subset of one definition is used with another whose coordinates have other meanings. */
export class DefinitionMismatchError extends InfillError {
  readonly code = "INFILL_DEFINITION_MISMATCH";
  readonly expected: string;
  readonly found: string;

  constructor(expected: string, found: string) {
    super(
      `The subset belongs to ${quoteValue(found)} but was used with ${quoteValue(expected)}: ` +
        "subsets combine only if their cadence, time zone and dimension names are equal.",
    );
    this.expected = expected;
    this.found = found;
  }
}
