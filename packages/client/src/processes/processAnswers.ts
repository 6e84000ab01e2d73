import type { RunningPartition } from "../partitions/partitionAnswers.ts";

/** The common facts about a worker or planner. */
export interface ProcessSummary {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  /** The version of Infill. */
  readonly version: string;
  /**
   * `running`, `draining`, or `lost`: its heartbeat is overdue. A lost process is listed for an
   * hour.
   */
  readonly state: string;
  /** ISO 8601, UTC; absent if its version of Infill does not write it. */
  readonly startedAt?: string;
  /** Milliseconds since its last heartbeat; absent if its version of Infill does not write it. */
  readonly heartbeatAgeMs?: number;
  /** The fingerprint of its project; absent if its version of Infill does not write it. */
  readonly project?: string;
  /** Whether an asset of its project is missing or older than the newest version. */
  readonly isProjectOlder: boolean;
}

/** A worker in a list. */
export interface WorkerSummary extends ProcessSummary {
  /** Slots by pool. */
  readonly pools: Readonly<Record<string, number>>;
  /** Most partitions that it runs at once. */
  readonly slots: number;
  /** Partitions that it has claimed. */
  readonly running: number;
  /** How long its event loop has been blocked, in milliseconds; absent if it is not. */
  readonly blockedMs?: number;
}

/** Everything about a worker. */
export interface WorkerDetail extends WorkerSummary {
  /** Its running partitions, longest running first; at most 50. */
  readonly partitions: readonly RunningPartition[];
}

/** A planner in a list. */
export interface PlannerSummary extends ProcessSummary {
  /** Backfills that it plans. */
  readonly backfills: number;
}
