import type { RunningPartition } from "../partitions/partitionAnswers.ts";

/** What is told of every process that runs for a project. */
export interface ProcessSummary {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  /** Of Infill. */
  readonly version: string;
  /** What the process says of itself (`running`, `draining`), or `lost`: its heartbeat is overdue. A lost one is listed for an hour. */
  readonly state: string;
  /** ISO 8601, UTC; absent where its version of Infill does not tell. */
  readonly startedAt?: string;
  /** Milliseconds since its last heartbeat; absent where its version of Infill does not tell. */
  readonly heartbeatAgeMs?: number;
  /** The fingerprint of its project; absent where its version of Infill does not tell. */
  readonly project?: string;
  /** Whether an asset of its project is older than the newest version of it, or missing in it. */
  readonly isProjectOlder: boolean;
}

/** A worker as lists show it. */
export interface WorkerSummary extends ProcessSummary {
  /** Slots by pool. */
  readonly pools: Readonly<Record<string, number>>;
  /** Partitions that it runs at once, at most. */
  readonly slots: number;
  /** Partitions that it has claimed now. */
  readonly running: number;
  /** For how long its event loop has been blocked by now, in milliseconds; absent where it is not. */
  readonly blockedMs?: number;
}

/** Everything about a worker. */
export interface WorkerDetail extends WorkerSummary {
  /** What it runs now, the longest running first; at most 50. */
  readonly partitions: readonly RunningPartition[];
}

/** A planner as lists show it. */
export interface PlannerSummary extends ProcessSummary {
  /** Backfills that it plans now. */
  readonly backfills: number;
}
