import type { ErrorCause } from "@infill/planning";
import type { Metadata } from "@infill/core";
import type { LogFacts } from "@infill/state";
import type { ControlOptions } from "../shared/controlOptions.ts";
import type { KeySpan } from "../shared/keySpan.ts";

/** How a partition last ended: what stands until an attempt has settled. */
export type StandingStatus = "missing" | "materialized" | "failed";

/** What one word says of a partition: `in_progress` while it runs, its standing status otherwise. */
export type PartitionStatus = StandingStatus | "in_progress";

/** Counts by status: `missing`, `materialized` and `failed` add up to `total`. */
export interface StatusCounts {
  readonly total: number;
  readonly missing: number;
  /** Running now. Each of them is counted under its standing status too. */
  readonly inProgress: number;
  readonly materialized: number;
  readonly failed: number;
}

/** A partition as lists show it. */
export interface PartitionSummary {
  readonly asset: string;
  readonly key: string;
  readonly status: PartitionStatus;
  /** The same as `status`, except while the partition runs: then how it stands until that attempt has settled. */
  readonly standing: StandingStatus;
  /** Of a materialized partition: made by another code version, or before something that it rests on. */
  readonly stale?: true;
  /** Left out by lists while the partition runs: `claim` says what is true then. */
  readonly lastSettlement?: LastSettlement;
  /** Set while it runs. */
  readonly claim?: RunningAttempt;
}

/** An attempt that runs now. */
export interface RunningAttempt {
  readonly backfillId: string;
  /** As workers are listed and named in logs. */
  readonly workerId: string;
  readonly attempt: number;
  /** ISO 8601, UTC, by Redis' clock; absent where it is claimed and has not started yet. */
  readonly startedAt?: string;
}

/** A partition that runs now. */
export interface RunningPartition extends RunningAttempt {
  readonly asset: string;
  readonly key: string;
}

/** An attempt that has ended. */
export interface PastAttempt {
  /**
   * `retried`: it failed and another followed. `given_back`: its worker was stopped. `paused`, `canceled`: its backfill was.
   * `lapsed`: the lease of its worker ended, because that died, stood still or lost Redis.
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
  /** "" where it is deleted and nothing else names it any more. */
  readonly backfillId: string;
  /** Set where the backfill has been deleted or pruned since; not looked for by lists. */
  readonly backfillDeleted?: true;
  /** Absent where it is not known: of a success at the first attempt only its record is kept. */
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
  /** Set where the backfill has been deleted or pruned since; not looked for by lists. */
  readonly backfillDeleted?: true;
  readonly attempt: number;
  readonly durationMs: number;
  readonly codeVersion: string;
  /** Set where nothing ran: somebody marked the partition by hand. `listPartitionChanges` says who. */
  readonly byHand?: true;
}

/** A partition with what its last execution left, who runs it now, and what it depends on. */
export interface PartitionDetail extends PartitionSummary {
  /** ISO 8601, UTC, half-open; absent where the definition has no time dimension. */
  readonly window?: { readonly start: string; readonly end: string; readonly timezone: string };
  readonly metadata?: Metadata;
  readonly error?: {
    readonly name: string;
    readonly message: string;
    readonly stack?: string | undefined;
    /** What caused it, from the outside in. */
    readonly causes?: readonly ErrorCause[];
  };
  /** The newest attempts that have ended, at most five, oldest first. */
  readonly attempts: readonly PastAttempt[];
  readonly upstream: readonly ({ readonly asset: string } & KeySpan)[];
}

/** Partitions to be marked or wiped, who asks for it, and why. */
export interface PartitionChange extends ControlOptions {
  /** Partition text. */
  readonly partitions: string;
}

/** What became of partitions that were marked or wiped. */
export interface ChangedPartitions {
  readonly asset: string;
  /** The selected partitions by status, before the change. */
  readonly before: StatusCounts;
  readonly changed: number;
  /** Partitions that were left as they are, because somebody runs them. */
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
