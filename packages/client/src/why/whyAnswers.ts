import type {
  PartitionDetail,
  PartitionStatus,
  RunningAttempt,
  StatusCounts,
} from "../partitions/partitionAnswers.ts";

/** What explains where a partition stands. */
export interface WhyReason {
  /**
   * `absent`: no such partition. `running`, `materialized`, `failed`, `skipped`, `canceled`, `not_selected`: where it stands.
   * `stale`: it is materialized, by another code version or before something that it rests on.
   * The others hold it back now: partitions `upstream`, a backfill that is `paused`, `canceling` or tries a `canary` first, the wait
   * until a retry (`retrying`), a `cap`, the `order`, jobs before its own (`queued`), `no_worker`, workers that all have an `older_project`, `no_planner`.
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
  /** The backfill that it speaks of. */
  readonly backfillId?: string;
  /** A command that would change it. */
  readonly command?: string;
  /** Partitions that it speaks of, at most five: the failed ones behind a skip, those that are newer than what is stale or stale themselves, those that are waited for, those under a cap. */
  readonly partitions?: readonly WhyPartition[];
}

/** A partition that a reason names. */
export interface WhyPartition {
  readonly asset: string;
  readonly key: string;
  readonly status?: PartitionStatus;
  readonly error?: string;
  readonly workerId?: string;
}

/** What a partition reads of one asset, and how that stands. */
export interface WhyUpstream {
  readonly asset: string;
  readonly counts: StatusCounts;
  /** At most five; those that are not materialized come first. */
  readonly partitions: readonly WhyPartition[];
}

/** Why a partition stands where it does. */
export interface PartitionWhy {
  readonly asset: string;
  readonly key: string;
  readonly status: PartitionStatus | "absent";
  /** Of a materialized partition: made by another code version, or before something that it rests on. */
  readonly stale?: true;
  /** The most telling first; at least one. */
  readonly reasons: readonly WhyReason[];
  readonly claim?: RunningAttempt;
  readonly error?: PartitionDetail["error"];
  readonly upstream: readonly WhyUpstream[];
}
