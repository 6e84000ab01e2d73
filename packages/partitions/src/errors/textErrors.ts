import { InfillError } from "./infillError.ts";
import { quoteValue } from "./quoteValue.ts";

/** The partition text cannot be parsed. */
export class PartitionTextError extends InfillError {
  readonly code = "INFILL_PARTITION_TEXT_INVALID";
  /** The place of the error: the number of characters before it. */
  readonly position: number;
  readonly expected: string;

  constructor(text: string, position: number, expected: string) {
    const found =
      position >= text.length ? "the end" : quoteValue(text.slice(position, position + 20));
    super(
      `Invalid partition text at character ${position + 1}: expected ${expected}, got ${found}.`,
    );
    this.position = position;
    this.expected = expected;
  }
}

/** The text has an existing key without the quotes that its special characters need. */
export class UnquotedKeyError extends InfillError {
  readonly code = "INFILL_PARTITION_TEXT_UNQUOTED";

  constructor(key: string, cause: Error) {
    super(
      `${quoteValue(key)} is a partition key with characters that have a meaning here: write it in quotes, ` +
        `${JSON.stringify(key)} (in a shell, '${JSON.stringify(key)}').`,
      { cause },
    );
  }
}

/** The partition text is too long or has too many terms. */
export class PartitionTextTooLongError extends InfillError {
  readonly code = "INFILL_PARTITION_TEXT_TOO_LONG";

  constructor(found: number, limit: number, unit: string) {
    super(
      `The partition text has ${found > limit ? `more than ${limit}` : found} ${unit}: write ranges, or pass the keys as a list.`,
    );
  }
}

/**
 * A range, pattern or status word is not possible here: it needs a dimension and names none, or the
 * reverse.
 */
export class PartitionTextDimensionError extends InfillError {
  readonly code = "INFILL_PARTITION_TEXT_DIMENSIONS";

  constructor(what: string, example: string) {
    super(`${what}: write ${example}.`);
  }
}
