import type { ErrorCause } from "./errorNotes.ts";

/** The failures of a backfill, in groups. */
export interface BackfillFailures {
  readonly id: string;
  readonly failed: number;
  /** Failed partitions that were examined: all, unless there are very many. */
  readonly examined: number;
  readonly groups: readonly FailureGroup[];
  /** How many of the examined partitions are in no group, because there are too many groups. */
  readonly ungrouped: number;
}

/**
 * Failed partitions whose errors are equal except for numbers, ids, keys, paths, URLs and times.
 */
export interface FailureGroup {
  /** `f` and 11 hexadecimal digits, as `client.backfills.retry` takes it. */
  readonly fingerprint: string;
  /**
   * The error's name and message, with the parts that differ blanked: `HttpError: 503 from {url}`.
   * After a ← its innermost cause, by which errors are grouped.
   */
  readonly error: string;
  readonly count: number;
  /** Of the examined failed partitions, 0 to 1. */
  readonly share: number;
  /** When the first and the last of them failed, ISO 8601, UTC; absent if there is no record. */
  readonly firstAt?: string;
  readonly lastAt?: string;
  readonly assets: readonly { readonly asset: string; readonly count: number }[];
  /** At most five. */
  readonly samples: readonly { readonly asset: string; readonly key: string }[];
  /** The newest of these errors, complete. */
  readonly example: {
    readonly asset: string;
    readonly key: string;
    /** 0 if nothing ran or the attempt is unknown. */
    readonly attempt: number;
    readonly name: string;
    readonly message: string;
    readonly stack?: string;
    /** Its causes, from the outside in. */
    readonly causes?: readonly ErrorCause[];
  };
}

/** A failed partition with its last error. */
export interface FailedPartition {
  readonly asset: string;
  readonly key: string;
  readonly error: string;
  /** 0 if nothing ran or the attempt is unknown. */
  readonly attempt: number;
}
