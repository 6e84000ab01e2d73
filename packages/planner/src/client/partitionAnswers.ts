import type { Metadata } from "@infill/core";
import type { LogFacts } from "@infill/state";
import type { ControlOptions } from "./controlOptions.ts";

/** Where a partition stands, whatever the backfill. */
export type PartitionStatus = "missing" | "in_progress" | "materialized" | "failed";

/** Counts by status. They add up to `total`. */
export interface StatusCounts {
  readonly total: number;
  readonly missing: number;
  readonly inProgress: number;
  readonly materialized: number;
  readonly failed: number;
}

/** A partition as lists show it. */
export interface PartitionSummary {
  readonly asset: string;
  readonly key: string;
  readonly status: PartitionStatus;
  readonly lastSettlement?: LastSettlement;
}

/** How a partition last ended. */
export interface LastSettlement {
  readonly outcome: "succeeded" | "failed";
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly backfillId: string;
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
  };
  /** Set while it runs. */
  readonly claim?: {
    readonly backfillId: string;
    readonly workerId: string;
    readonly attempt: number;
    readonly startedAt: string;
  };
  readonly upstream: readonly {
    readonly asset: string;
    readonly keys: number;
    readonly firstKey?: string;
    readonly lastKey?: string;
  }[];
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
