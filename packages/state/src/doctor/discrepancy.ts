/**
 * The doctor's checks by stable name. `violation`: it breaks what always holds. `leftover`: it
 * harms nothing. The round orders the repairs: a repair may rely on those of earlier rounds.
 */
export const doctorChecks = {
  key_type: { severity: "violation", round: 0 },
  look_failed: { severity: "violation", round: 0 },
  entry_unreadable: { severity: "violation", round: 0 },
  text_unreadable: { severity: "leftover", round: 0 },
  key_unknown: { severity: "leftover", round: 0 },
  scratch_left: { severity: "leftover", round: 0 },
  header_broken: { severity: "violation", round: 0 },
  active_unknown: { severity: "violation", round: 1 },
  active_differs: { severity: "violation", round: 1 },
  index_differs: { severity: "violation", round: 1 },
  list_differs: { severity: "violation", round: 1 },
  lease_endless: { severity: "violation", round: 1 },
  worker_unreadable: { severity: "leftover", round: 1 },
  dynamic_differs: { severity: "violation", round: 1 },
  asset_changing: { severity: "leftover", round: 1 },
  ledger_missing: { severity: "violation", round: 2 },
  ledger_incomplete: { severity: "violation", round: 2 },
  ledger_orphaned: { severity: "leftover", round: 2 },
  selected_lost: { severity: "violation", round: 2 },
  sealed_differs: { severity: "violation", round: 3 },
  outside_selected: { severity: "violation", round: 3 },
  outcome_ambiguous: { severity: "violation", round: 3 },
  outcome_unsettled: { severity: "violation", round: 3 },
  queued_settled: { severity: "violation", round: 3 },
  dropped_uncanceled: { severity: "violation", round: 3 },
  record_page: { severity: "violation", round: 4 },
  record_plane: { severity: "violation", round: 4 },
  settlement_lost: { severity: "violation", round: 4 },
  claim_malformed: { severity: "violation", round: 5 },
  claim_ledger_missing: { severity: "violation", round: 5 },
  claim_session_missing: { severity: "violation", round: 5 },
  claim_bit_missing: { severity: "violation", round: 5 },
  claim_missing: { severity: "violation", round: 5 },
  claim_unqueued: { severity: "violation", round: 5 },
  counter_differs: { severity: "violation", round: 6 },
  permit_differs: { severity: "violation", round: 6 },
  permit_line_broken: { severity: "violation", round: 6 },
  cap_differs: { severity: "violation", round: 6 },
  cap_unknown: { severity: "leftover", round: 6 },
  permit_missing: { severity: "violation", round: 7 },
  permit_orphaned: { severity: "leftover", round: 7 },
  permit_line_stale: { severity: "leftover", round: 7 },
  waiter_stale: { severity: "leftover", round: 7 },
  queue_held: { severity: "violation", round: 8 },
  job_stray: { severity: "violation", round: 8 },
  job_lost: { severity: "violation", round: 8 },
  job_unreadable: { severity: "violation", round: 8 },
  job_orphaned: { severity: "leftover", round: 8 },
  job_missing: { severity: "violation", round: 9 },
  control_differs: { severity: "violation", round: 10 },
  ended_unsettled: { severity: "violation", round: 10 },
} as const satisfies Record<string, { severity: "violation" | "leftover"; round: number }>;

/** A check's stable name. */
export type DoctorCheck = keyof typeof doctorChecks;

/** Two places in Redis that disagree, or one with an impossible value. */
export interface Discrepancy {
  readonly check: DoctorCheck;
  readonly asset?: string;
  readonly backfillId?: string;
  readonly lane?: string;
  /** The first few of the partitions, by ordinal. */
  readonly ordinals?: readonly number[];
  readonly pool?: string;
  readonly redisKey?: string;
  /** Tells several of the same check and place apart: the name of the counter or job. */
  readonly detail?: string;
  /** How many partitions, jobs or keys it affects. */
  readonly count: number;
  /** One sentence: what is wrong, and what would be right. */
  readonly problem: string;
  /** One sentence: what the repair does, or what a person must do if there is no `repair`. */
  readonly remedy: string;
  /** Whether planners must read the backfill again after the repair. */
  readonly concernsPlanner?: boolean;
  /**
   * Repairs it by transitions that check again themselves, so it does nothing if all is well by
   * then.
   */
  readonly repair?: () => Promise<unknown>;
}

/** Identifies a discrepancy, so that a second check can recognize it. */
export function discrepancyId(found: Discrepancy): string {
  const { check, asset, backfillId, lane, pool, redisKey, detail } = found;
  return JSON.stringify([check, asset, backfillId, lane, pool, redisKey, detail]);
}
