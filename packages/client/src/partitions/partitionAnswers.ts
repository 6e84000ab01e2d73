import type { ErrorCause } from "@infill/planning";
import type { Metadata } from "@infill/core";
import type { LogFacts } from "@infill/state";
import type { KeySpan } from "../shared/keySpan.ts";

/** How a partition last ended; an attempt changes it when it settles. */
export type StandingStatus = "missing" | "materialized" | "failed";

/** A partition's status: `in_progress` while it runs, else its standing status. */
export type PartitionStatus = StandingStatus | "in_progress";

/** Counts by status: `missing`, `materialized` and `failed` add up to `total`. */
export interface StatusCounts {
  readonly total: number;
  readonly missing: number;
  /** Running now. Each is counted under its standing status too. */
  readonly inProgress: number;
  readonly materialized: number;
  readonly failed: number;
}

/** A partition in a list. */
export interface PartitionSummary {
  readonly asset: string;
  readonly key: string;
  readonly status: PartitionStatus;
  /** Equal to `status`, except while the partition runs: then its status before that attempt. */
  readonly standing: StandingStatus;
  /**
   * Set if a materialized partition is stale: made by another code version, or before a partition
   * that it rests on.
   */
  readonly stale?: true;
  /** Lists leave it out while the partition runs, since `claim` is newer. */
  readonly lastSettlement?: LastSettlement;
  /** Set while it runs. */
  readonly claim?: RunningAttempt;
}

/** A running attempt. */
export interface RunningAttempt {
  readonly backfillId: string;
  /** As in worker lists and logs. */
  readonly workerId: string;
  readonly attempt: number;
  /** ISO 8601, UTC, by Redis' clock; absent if it is claimed and not started yet. */
  readonly startedAt?: string;
}

/** A running partition. */
export interface RunningPartition extends RunningAttempt {
  readonly asset: string;
  readonly key: string;
}

/** An attempt that has ended. */
export interface PastAttempt {
  /**
   * `retried`: it failed and another attempt followed. `given_back`: its worker stopped. `paused`,
   * `canceled`: its backfill was. `lapsed`: its worker's lease ended, because the worker died,
   * froze or lost Redis.
   */
  readonly ended:
    | "succeeded"
    | "failed"
    | "retried"
    | "given_back"
    | "paused"
    | "canceled"
    | "lapsed";
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly durationMs: number;
  readonly attempt: number;
  /** "" if the backfill is deleted and its id is lost. */
  readonly backfillId: string;
  /** Set if the backfill has been deleted or pruned since; lists do not check. */
  readonly backfillDeleted?: true;
  /** Absent if unknown: of a success at the first attempt only the record is kept. */
  readonly workerId?: string;
  /** The first line of its error, at most 200 bytes. */
  readonly error?: string;
}

/** How a partition last ended. */
export interface LastSettlement {
  readonly outcome: "succeeded" | "failed";
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly backfillId: string;
  /** Set if the backfill has been deleted or pruned since; lists do not check. */
  readonly backfillDeleted?: true;
  readonly attempt: number;
  readonly durationMs: number;
  readonly codeVersion: string;
  /** Set if somebody marked the partition by hand. `listPartitionChanges` tells who. */
  readonly byHand?: true;
}

/** A partition with its last settlement, its running attempt, and its upstream partitions. */
export interface PartitionDetail extends PartitionSummary {
  /** ISO 8601, UTC, half-open; absent if the definition has no time dimension. */
  readonly window?: { readonly start: string; readonly end: string; readonly timezone: string };
  readonly metadata?: Metadata;
  readonly error?: {
    readonly name: string;
    readonly message: string;
    readonly stack?: string | undefined;
    /** The causes of the error, from the outside in. */
    readonly causes?: readonly ErrorCause[];
  };
  /** The newest attempts that have ended, at most five, oldest first. */
  readonly attempts: readonly PastAttempt[];
  readonly upstream: readonly ({ readonly asset: string } & KeySpan)[];
}

/** The result of marking or wiping partitions. */
export interface ChangedPartitions {
  readonly asset: string;
  /** The selected partitions by status, before the change. */
  readonly before: StatusCounts;
  readonly changed: number;
  /** Running partitions, which the call left as they are. */
  readonly leftOut: number;
}

/** An entry of an asset's list of changes by hand. */
export interface PartitionChangeEvent {
  readonly id: string;
  readonly asset: string;
  /** ISO 8601, UTC, by Redis' clock. */
  readonly at: string;
  /** `marked` or `wiped`. */
  readonly what: string;
  readonly actor: string;
  readonly reason: string;
  /** The partition text, and how many partitions it selected by status. */
  readonly details: LogFacts;
}
