import type { ErrorCause } from "./errorNotes.ts";

/** The failures of a backfill, in groups. */
export interface BackfillFailures {
  readonly id: string;
  readonly failed: number;
  /** Failed partitions that were looked at: all, unless there are very many. */
  readonly examined: number;
  readonly groups: readonly FailureGroup[];
  /** Of those looked at, how many are in none of these groups, since there are too many groups. */
  readonly ungrouped: number;
}

/** Failed partitions whose errors are equal but for numbers, ids, keys, paths, URLs and times. */
export interface FailureGroup {
  /** `f` and 11 hexadecimal digits: what `client.backfills.retry` takes. */
  readonly fingerprint: string;
  /** The error's name and message, with what differs blanked: `HttpError: 503 from {url}`; behind a ← its innermost cause, by which errors are grouped. */
  readonly error: string;
  readonly count: number;
  /** Of the failed partitions that were looked at, 0 to 1. */
  readonly share: number;
  /** When the first and the last of them failed, ISO 8601, UTC; absent where no record tells. */
  readonly firstAt?: string;
  readonly lastAt?: string;
  readonly assets: readonly { readonly asset: string; readonly count: number }[];
  /** At most five. */
  readonly samples: readonly { readonly asset: string; readonly key: string }[];
  /** The newest of these errors, whole. */
  readonly example: {
    readonly asset: string;
    readonly key: string;
    /** 0 where nothing ran, or nothing tells. */
    readonly attempt: number;
    readonly name: string;
    readonly message: string;
    readonly stack?: string;
    /** What caused it, from the outside in. */
    readonly causes?: readonly ErrorCause[];
  };
}

/** A partition that failed, and its last error. */
export interface FailedPartition {
  readonly asset: string;
  readonly key: string;
  readonly error: string;
  /** 0 where nothing ran, or nothing tells. */
  readonly attempt: number;
}
