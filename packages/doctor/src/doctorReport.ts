import type { DoctorCheck } from "@infill/state";

/** How `doctor` goes about it. */
export interface DoctorOptions {
  /** Repair what can be repaired. Left out: look only. */
  readonly fix?: boolean;
  /** Who repairs, for the logs of the backfills concerned. */
  readonly actor?: string;
  readonly reason?: string;
  /**
   * How long places that no single look can compare (queue and state, headers and ledgers) have to disagree before that is a
   * finding, in milliseconds: what is under way agrees again sooner. Left out: 5,000.
   */
  readonly patienceMs?: number;
}

/** One violation of what always holds, or one leftover. */
export interface DoctorFinding {
  /** Stable; `docs/reference/doctor.md` lists them. */
  readonly check: DoctorCheck;
  readonly severity: "violation" | "leftover";
  readonly asset?: string;
  readonly backfillId?: string;
  readonly pool?: string;
  readonly redisKey?: string;
  /** A counter's or a job's name, where the check concerns one. */
  readonly detail?: string;
  /** The first few partitions concerned: keys, or `lane:ordinal` where the project does not define them. */
  readonly partitions: readonly string[];
  /** How many partitions, jobs or keys are concerned. */
  readonly count: number;
  /** One sentence: what is there, and what would be right. */
  readonly problem: string;
  /** One sentence: what `fix` does about it, or what a person has to do. */
  readonly remedy: string;
  /** `repaired`: looked at again, it was gone. `by_hand`: `fix` does not touch it. */
  readonly repair: "possible" | "repaired" | "failed" | "by_hand";
  /** Why the repair failed, where it said so. */
  readonly failure?: string;
}

/** What the doctor saw. */
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
  /** What is no violation and may interest: dead workers, backfills that nobody plans. One sentence each. */
  readonly notes: readonly string[];
  /** What the Redis server does not promise. One sentence each. */
  readonly warnings: readonly string[];
  /** Milliseconds. */
  readonly tookMs: number;
}
