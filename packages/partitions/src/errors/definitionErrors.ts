import { InfillError } from "./infillError.ts";
import { quoteValue } from "./quoteValue.ts";

/** The cron is invalid or never ticks. */
export class CronError extends InfillError {
  readonly code = "INFILL_CRON_INVALID";
  readonly cron: unknown;

  constructor(cron: unknown, reason: string) {
    super(`Invalid cron ${quoteValue(cron)}: ${reason}.`);
    this.cron = cron;
  }
}

/** The time zone does not exist. */
export class TimeZoneError extends InfillError {
  readonly code = "INFILL_TIMEZONE_UNKNOWN";
  readonly timezone: unknown;

  constructor(timezone: unknown, nearest: string | undefined) {
    super(
      `Unknown time zone ${quoteValue(timezone)}: write an IANA name like "Europe/Berlin", "UTC", or an offset like "+02:00".` +
        (nearest === undefined ? "" : ` Did you mean ${quoteValue(nearest)}?`),
    );
    this.timezone = timezone;
  }
}

/** The start, end or excluded time is unreadable, or its date does not exist. */
export class WallTimeError extends InfillError {
  readonly code = "INFILL_DATE_INVALID";
  readonly value: unknown;

  constructor(what: string, value: unknown, reason: string) {
    super(`Invalid ${what} ${quoteValue(value)}: ${reason}.`);
    this.value = value;
  }
}

/** The minute, hour, day or end offset is out of range or not an integer. */
export class OffsetError extends InfillError {
  readonly code = "INFILL_OFFSET_INVALID";
  readonly value: unknown;

  constructor(name: string, value: unknown, expected: string) {
    super(`Invalid ${name} ${quoteValue(value)}: expected ${expected}.`);
    this.value = value;
  }
}

/** The key format cannot be parsed back, or gives two partitions the same key. */
export class KeyFormatError extends InfillError {
  readonly code = "INFILL_KEY_FORMAT_INVALID";
  readonly keyFormat: unknown;

  constructor(keyFormat: unknown, reason: string) {
    super(`Invalid key format ${quoteValue(keyFormat)}: ${reason}.`);
    this.keyFormat = keyFormat;
  }
}

/** An option of a definition does not exist or has the wrong type. */
export class DefinitionOptionError extends InfillError {
  readonly code = "INFILL_DEFINITION_OPTION_INVALID";
  readonly option: string;

  constructor(option: string, reason: string) {
    super(`Invalid option ${quoteValue(option)} of a partitions definition: ${reason}.`);
    this.option = option;
  }
}

/** The text is not permitted as a partition key. */
export class PartitionKeyError extends InfillError {
  readonly code = "INFILL_PARTITION_KEY_INVALID";
  readonly partitionKey: unknown;

  constructor(partitionKey: unknown, reason: string) {
    super(`Invalid partition key ${quoteValue(partitionKey)}: ${reason}.`);
    this.partitionKey = partitionKey;
  }
}

/** A static key or a dimension's key is listed twice. */
export class DuplicateKeyError extends InfillError {
  readonly code = "INFILL_STATIC_KEY_DUPLICATE";
  readonly partitionKey: string;
  readonly positions: readonly [first: number, second: number];

  constructor(partitionKey: string, first: number, second: number) {
    super(
      `Duplicate partition key ${quoteValue(partitionKey)} at positions ${first} and ${second}: list each key once ` +
        "(keys that look alike are compared in their composed form, NFC).",
    );
    this.partitionKey = partitionKey;
    this.positions = [first, second];
  }
}

/** The dimensions cannot form a multi-partitions definition. */
export class DimensionError extends InfillError {
  readonly code = "INFILL_DIMENSION_INVALID";
  readonly dimension: string;

  constructor(dimension: string, reason: string) {
    super(`Invalid dimension ${quoteValue(dimension)}: ${reason}.`);
    this.dimension = dimension;
  }
}
