import type {
  DurationEstimate,
  FailedPartition,
  FailureGroup,
  LedgerCounts,
} from "@infill/planning";
import type { Attention } from "./attention.ts";
import type { BackfillSettings, BackfillStatus, ResolvedBackfillRequest } from "@infill/core";
import type { LogFacts } from "@infill/state";
import type { ChangeEffects } from "./backfillChanges.ts";
import type { KeySpan } from "../shared/keySpan.ts";
import type { RunningPartition, StatusCounts } from "../partitions/partitionAnswers.ts";

/** What a request would run. Nothing has been written but the plan. */
export interface BackfillPreview {
  readonly request: ResolvedBackfillRequest;
  /** Names what would run: `createBackfill({ …, planHash })` runs that, or says what has changed. */
  readonly planHash: string;
  /** The instant by which partitions exist, ISO 8601, UTC. */
  readonly plannedAt: string;
  /** How long it would take with today's worker slots to itself; absent where nothing is to run. */
  readonly duration?: DurationEstimate;
  /** In topological order. */
  readonly assets: readonly AssetPreview[];
  readonly toRun: number;
  /**
   * Materialized partitions that rest on what runs and do not run themselves, in topological order of their assets: they
   * keep old input and are stale afterwards. Of assets that the request does not select only where it does not propagate.
   */
  readonly oldInput: readonly ({ readonly asset: string } & KeySpan)[];
  /** Worker slots that serve the pools of these assets now. */
  readonly slots: number;
  /** One sentence each: a pool without a worker, for example. */
  readonly warnings: readonly string[];
  /** What kinds `warnings` are of, in their order, and how many of each: those of one kind differ in names and numbers only. */
  readonly warningKinds: readonly {
    readonly kind: "missing_upstream" | "old_input" | "no_worker" | "no_planner";
    readonly count: number;
  }[];
}

/** The part of a preview, and of a backfill, that one asset has. */
export interface AssetPreview {
  readonly asset: string;
  /** Partitions that the request speaks of. */
  readonly selected: number;
  /** How these stand now. */
  readonly statuses: StatusCounts;
  /** Of these, how many are left out because they are up to date. */
  readonly upToDate: number;
  readonly toRun: number;
  /**
   * Of those to run, what other active backfills have selected and not settled: what both run at once is run once. Absent
   * where there is nothing.
   */
  readonly shared?: {
    readonly partitions: number;
    /** Newest first; of the hundred newest active ones. */
    readonly backfills: readonly { readonly id: string; readonly partitions: number }[];
  };
  /** Keys of the first and the last partition to run, in definition order; absent where none is. */
  readonly firstKey?: string;
  readonly lastKey?: string;
  /** How many ranges of keys those to run are, and the first three; absent where none is. */
  readonly ranges?: NonNullable<KeySpan["ranges"]>;
  /** Of several dimensions: partition text that selects those to run, where it is short. */
  readonly text?: string;
  readonly pool: string;
}

/** What became of a submission: the backfill, or no id where there was nothing to run. */
export interface CreatedBackfill {
  readonly id: string | undefined;
  readonly preview: BackfillPreview;
}

/** A backfill as lists show it. */
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

/** A backfill of which something cannot be read, as lists show it. */
export interface UnreadableBackfill {
  readonly id: string;
  readonly status: "unreadable";
  /** What cannot be read, such as `settings`. */
  readonly field: string;
  /** One sentence: what is wrong, and the command that removes or sets it aside. */
  readonly problem: string;
}

/** A row of a list of backfills. */
export type ListedBackfill = BackfillSummary | UnreadableBackfill;

/** A backfill with its progress, by asset, and how long the rest takes. */
export interface BackfillDetail extends BackfillSummary {
  readonly request: ResolvedBackfillRequest;
  /** How it runs now: its request, with what was changed since. */
  readonly settings: BackfillSettings;
  /** Set while it is paused: what becomes of running partitions, why, and when it goes on by itself (ISO 8601, UTC). */
  readonly pause?: {
    readonly mode: "drain" | "stop";
    readonly reason: string;
    readonly until?: string;
  };
  /** Most jobs it has in Redis at once, for now. */
  readonly window: number;
  readonly byAsset: readonly { readonly asset: string; readonly counts: LedgerCounts }[];
  /** The partitions that have been running longest, at most ten; absent where nothing runs, and in what `watchBackfill` tells. */
  readonly running?: readonly RunningPartition[];
  /** The newest failures, at most ten. */
  readonly failures: readonly FailedPartition[];
  /** The largest groups of failures, at most three; absent where more than 500 partitions failed: see `listFailures`. */
  readonly failureGroups?: readonly Pick<
    FailureGroup,
    "fingerprint" | "error" | "count" | "samples"
  >[];
  /** Settlements per second over the last seconds; 0 where none. */
  readonly perSecond: number;
  /** Milliseconds that the rest takes at that rate; absent while unknown. */
  readonly remainingMs?: number;
  /** Slots of live workers that serve its pools. */
  readonly slots: number;
  readonly workers: number;
  /** What holds it up and its counts do not tell: Redis is away, no planner, no worker, paused by itself. */
  readonly attention: readonly Attention[];
}

/** What a change did, or would do. */
export interface ChangedBackfill extends ChangeEffects {
  readonly backfill: BackfillDetail;
}

/** An entry of a backfill's log. */
export interface BackfillEvent {
  /** Counts the entries of one backfill from 1. */
  readonly number: number;
  /** ISO 8601, UTC, by Redis' clock. */
  readonly at: string;
  /** What happened, in a word: `created`, `canceling`, `retried`, `succeeded`. */
  readonly what: string;
  /** Who asked for it; "" for the planner. */
  readonly actor: string;
  readonly reason: string;
  /** What was changed, as it was and as it is. */
  readonly before?: LogFacts;
  readonly after?: LogFacts;
  /** What else belongs to it, such as how many partitions it concerned. */
  readonly details?: LogFacts;
}
