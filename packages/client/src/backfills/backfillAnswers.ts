import type {
  DurationEstimate,
  FailedPartition,
  FailureGroup,
  LedgerCounts,
} from "@infill/planning";
import type { Attention } from "./attention.ts";
import type { BackfillSettings, BackfillStatus, ResolvedBackfillRequest } from "@infill/core";
import type { LogFacts } from "@infill/state";
import type { ChangeEffects } from "./changeEffects.ts";
import type { KeySpan } from "../shared/keySpan.ts";
import type { RunningPartition, StatusCounts } from "../partitions/partitionAnswers.ts";

/** What a request would run. Computing it writes only the plan. */
export interface BackfillPreview {
  readonly request: ResolvedBackfillRequest;
  /** Names the plan: `createBackfill({ …, planHash })` runs it, or reports what has changed. */
  readonly planHash: string;
  /** The instant at which partitions must exist, ISO 8601, UTC. */
  readonly plannedAt: string;
  /**
   * How long it would take with all of today's worker slots to itself; absent if nothing is to run.
   */
  readonly duration?: DurationEstimate;
  /** In topological order. */
  readonly assets: readonly AssetPreview[];
  readonly toRun: number;
  /**
   * Materialized partitions that rest on what runs and do not run themselves, by asset in
   * topological order: they keep old input and will be stale. Includes assets that are not selected
   * only if the request does not propagate.
   */
  readonly oldInput: readonly ({ readonly asset: string } & KeySpan)[];
  /** Worker slots that serve the pools of these assets now. */
  readonly slots: number;
  /** One sentence each: a pool without a worker, for example. */
  readonly warnings: readonly string[];
  /**
   * The kinds of `warnings`, in their order, with the number of each. Warnings of one kind differ
   * only in names and numbers.
   */
  readonly warningKinds: readonly {
    readonly kind: "missing_upstream" | "old_input" | "no_worker" | "no_planner";
    readonly count: number;
  }[];
}

/** One asset's part of a preview or a backfill. */
export interface AssetPreview {
  readonly asset: string;
  /** Partitions that the request selects. */
  readonly selected: number;
  /** Their present statuses. */
  readonly statuses: StatusCounts;
  /** How many of them are left out because they are up to date. */
  readonly upToDate: number;
  readonly toRun: number;
  /**
   * Partitions to run that other active backfills have selected and not settled. If both run one at
   * the same time, they share the execution. Absent if there are none.
   */
  readonly shared?: {
    readonly partitions: number;
    /** Newest first, among the hundred newest active ones. */
    readonly backfills: readonly { readonly id: string; readonly partitions: number }[];
  };
  /**
   * Keys of the first and the last partition to run, in definition order; absent if there is none.
   */
  readonly firstKey?: string;
  readonly lastKey?: string;
  /** The number of ranges of keys to run, and the first three; absent if there is none. */
  readonly ranges?: NonNullable<KeySpan["ranges"]>;
  /** For several dimensions, partition text that selects those to run, if it is short. */
  readonly text?: string;
  readonly pool: string;
}

/** The result of a submission: the backfill; without an id if there was nothing to run. */
export interface CreatedBackfill {
  readonly id: string | undefined;
  readonly preview: BackfillPreview;
}

/** A backfill in a list. */
export interface BackfillSummary {
  readonly id: string;
  readonly status: BackfillStatus;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** ISO 8601, UTC; absent while it runs. */
  readonly finishedAt?: string;
  readonly assets: readonly string[];
  readonly label: string;
  readonly actor: string;
  readonly reason: string;
  readonly counts: LedgerCounts;
}

/** An unreadable backfill in a list. */
export interface UnreadableBackfill {
  readonly id: string;
  readonly status: "unreadable";
  /** The unreadable part, such as `settings`. */
  readonly field: string;
  /** One sentence: the fault, and the command that removes the backfill or sets it aside. */
  readonly problem: string;
}

/** A row of a list of backfills. */
export type ListedBackfill = BackfillSummary | UnreadableBackfill;

/** A backfill with its progress by asset and an estimate of the rest. */
export interface BackfillDetail extends BackfillSummary {
  readonly request: ResolvedBackfillRequest;
  /** The request's settings with all later changes. */
  readonly settings: BackfillSettings;
  /**
   * Set while it is paused: the mode, the reason, and when it resumes by itself (ISO 8601, UTC).
   */
  readonly pause?: {
    readonly mode: "drain" | "stop";
    readonly reason: string;
    readonly until?: string;
  };
  /** Most jobs that it has in Redis at once at present. */
  readonly window: number;
  readonly byAsset: readonly { readonly asset: string; readonly counts: LedgerCounts }[];
  /**
   * The partitions that have been running longest, at most ten; absent if none runs, and in the
   * answers of `watchBackfill`.
   */
  readonly running?: readonly RunningPartition[];
  /** The newest failures, at most ten. */
  readonly failures: readonly FailedPartition[];
  /**
   * The largest groups of failures, at most three; absent if more than 500 partitions failed: see
   * `listFailures`.
   */
  readonly failureGroups?: readonly Pick<
    FailureGroup,
    "fingerprint" | "error" | "count" | "samples"
  >[];
  /** Settlements per second in the last seconds. */
  readonly perSecond: number;
  /** Milliseconds for the rest at that rate; absent while unknown. */
  readonly remainingMs?: number;
  /** Slots of live workers that serve its pools. */
  readonly slots: number;
  readonly workers: number;
  /**
   * Problems that its counts do not show: Redis is away, no planner, no worker, paused by itself.
   */
  readonly attention: readonly Attention[];
}

/** The effects of a change, made or tried. */
export interface ChangedBackfill extends ChangeEffects {
  readonly backfill: BackfillDetail;
}

/** An entry of a backfill's log. */
export interface BackfillEvent {
  /** Numbers the entries of one backfill from 1. */
  readonly number: number;
  /** ISO 8601, UTC, by Redis' clock. */
  readonly at: string;
  /** One word for the action: `created`, `canceling`, `retried`, `succeeded`. */
  readonly what: string;
  /** "" for the planner. */
  readonly actor: string;
  readonly reason: string;
  /** The changed values, before and after. */
  readonly before?: LogFacts;
  readonly after?: LogFacts;
  /** Further facts, such as the number of partitions. */
  readonly details?: LogFacts;
}
