import type { DoctorCheck } from "@infill/state";

/** A violation of what always holds, or a leftover. */
export interface DoctorFinding {
  /** Stable; `docs/reference/doctor.md` lists them. */
  readonly check: DoctorCheck;
  readonly severity: "violation" | "leftover";
  readonly asset?: string;
  readonly backfillId?: string;
  readonly pool?: string;
  readonly redisKey?: string;
  /** The name of the counter or job, if the check is about one. */
  readonly detail?: string;
  /**
   * The first few affected partitions: keys, or `lane:ordinal` if the project does not define them.
   */
  readonly partitions: readonly string[];
  /** How many partitions, jobs or keys are affected. */
  readonly count: number;
  /** One sentence: what is wrong, and what would be right. */
  readonly problem: string;
  /** One sentence: what `fix` does, or what a person must do. */
  readonly remedy: string;
  /** `repaired`: a second check did not find it. `by_hand`: `fix` does not change it. */
  readonly repair: "possible" | "repaired" | "failed" | "by_hand";
  /** Why the repair failed, if known. */
  readonly failure?: string;
}

/** The result of a check. */
export interface DoctorReport {
  readonly namespace: string;
  readonly fix: boolean;
  readonly looked: {
    readonly keys: number;
    readonly assets: number;
    readonly backfills: number;
    readonly ledgers: number;
    readonly partitions: number;
    readonly jobs: number;
  };
  /** Violations first. */
  readonly findings: readonly DoctorFinding[];
  /** Facts that are no violation: dead workers, backfills without a planner. One sentence each. */
  readonly notes: readonly string[];
  /** What the Redis server's settings do not promise. One sentence each. */
  readonly warnings: readonly string[];
  /** Milliseconds. */
  readonly tookMs: number;
}
