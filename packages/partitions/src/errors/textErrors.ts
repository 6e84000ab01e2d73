import { InfillError } from "./infillError.ts";
import { quoteValue } from "./quoteValue.ts";

/** A partition text that cannot be read. */
export class PartitionTextError extends InfillError {
  readonly code = "INFILL_PARTITION_TEXT_INVALID";
  /** Where it goes wrong: the number of characters before that place. */
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

/** A key that exists, written without the quotes that its signs need. */
export class UnquotedKeyError extends InfillError {
  readonly code = "INFILL_PARTITION_TEXT_UNQUOTED";

  constructor(key: string, cause: Error) {
    super(
      `${quoteValue(key)} is a partition key, and it holds signs that mean something here: write it in quotes, ` +
        `${JSON.stringify(key)} (in a shell, '${JSON.stringify(key)}').`,
      { cause },
    );
  }
}

/** A partition text that is longer, or has more terms, than will be read. */
export class PartitionTextTooLongError extends InfillError {
  readonly code = "INFILL_PARTITION_TEXT_TOO_LONG";

  constructor(found: number, limit: number, unit: string) {
    super(
      `The partition text has ${found > limit ? `more than ${limit}` : found} ${unit}: write ranges, or pass the keys as a list.`,
    );
  }
}

/** A range, pattern or status word where it cannot stand: of several dimensions without naming one, or the reverse. */
export class PartitionTextDimensionError extends InfillError {
  readonly code = "INFILL_PARTITION_TEXT_DIMENSIONS";

  constructor(what: string, example: string) {
    super(`${what}: write ${example}.`);
  }
}
