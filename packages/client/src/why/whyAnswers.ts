import type {
  PartitionDetail,
  PartitionStatus,
  RunningAttempt,
  StatusCounts,
} from "../partitions/partitionAnswers.ts";

/** A reason for a partition's status. */
export interface WhyReason {
  /**
   * `absent`: no such partition. `running`, `materialized`, `failed`, `skipped`, `canceled`,
   * `not_selected`: its status. `stale`: materialized, by another code version or before a
   * partition that it rests on. The others hold it back now: `upstream` partitions, a backfill that
   * is `paused`, `canceling` or runs a `canary` first, the wait before its next attempt
   * (`retrying`), a `cap`, the `order`, earlier jobs (`queued`), `no_worker`, only workers with an
   * `older_project`, `no_planner`.
   */
  readonly kind:
    | "absent"
    | "running"
    | "materialized"
    | "stale"
    | "failed"
    | "skipped"
    | "canceled"
    | "not_selected"
    | "upstream"
    | "paused"
    | "canceling"
    | "canary"
    | "retrying"
    | "cap"
    | "order"
    | "queued"
    | "no_worker"
    | "older_project"
    | "no_planner";
  /** One sentence. */
  readonly text: string;
  /** The backfill in the sentence. */
  readonly backfillId?: string;
  /** A command that would change it. */
  readonly command?: string;
  /**
   * The partitions in the sentence, at most five: the failed ones behind a skip, those that make it
   * stale, those that it waits for, or those that hold permits of a cap.
   */
  readonly partitions?: readonly WhyPartition[];
}

/** A partition in a reason. */
export interface WhyPartition {
  readonly asset: string;
  readonly key: string;
  readonly status?: PartitionStatus;
  readonly error?: string;
  readonly workerId?: string;
}

/** The upstream partitions of one asset, with their statuses. */
export interface WhyUpstream {
  readonly asset: string;
  readonly counts: StatusCounts;
  /** At most five, those that are not materialized first. */
  readonly partitions: readonly WhyPartition[];
}

/** Why a partition has its status. */
export interface PartitionWhy {
  readonly asset: string;
  readonly key: string;
  readonly status: PartitionStatus | "absent";
  /**
   * Set if a materialized partition is stale: made by another code version, or before a partition
   * that it rests on.
   */
  readonly stale?: true;
  /** Most important first; at least one. */
  readonly reasons: readonly WhyReason[];
  readonly claim?: RunningAttempt;
  readonly error?: NonNullable<PartitionDetail["error"]>;
  readonly upstream: readonly WhyUpstream[];
}
