import type {
  BackfillRequest,
  BackfillSettings,
  BackfillStatus,
  BackfillSubmission,
  Metadata,
  Project,
  RandomBytes,
  ResolvedBackfillRequest,
} from "@infill/core";
import type { DurationEstimate } from "./estimateDuration.ts";
import type { GapReport } from "./findGaps.ts";
import type { BackfillChanges, ChangeEffects } from "./backfillChanges.ts";
import type { LogFacts } from "@infill/state";

import type { DoctorOptions, DoctorReport } from "../doctor/doctorReport.ts";

/** Everything the command and the HTTP API do, as typed functions. Built by `connect`, ended by `close`. */
export interface InfillClient {
  readonly project: Project;
  /** What the Redis server promises, and what to tell the user about it. */
  readonly redis: RedisHealth;

  /** What `createBackfill` would run. Writes nothing but the plan, which can be submitted by its hash for an hour. */
  previewBackfill(request: BackfillRequest): Promise<BackfillPreview>;
  /**
   * Records a backfill and returns; nothing is enumerated. When it has answered, the backfill exists.
   * Where nothing is to run, nothing is written and `id` is undefined.
   *
   * With `planHash` what was previewed is run, less what has been done since. With `idempotencyKey` equal calls make
   * one backfill, also when the first one was cut off anywhere.
   *
   * @throws PlanChangedError, UnknownPlanError, IdempotencyConflictError
   */
  createBackfill(submission: BackfillSubmission): Promise<CreatedBackfill>;
  /** Newest first. */
  listBackfills(
    options?: PageOptions & { readonly status?: BackfillStatus },
  ): Promise<Page<BackfillSummary>>;
  /** @throws UnknownBackfillError */
  getBackfill(id: string): Promise<BackfillDetail>;
  /** The state now, whenever it has changed (at most four times a second), and each second; ends after a final status. */
  watchBackfill(
    id: string,
    options?: { readonly signal?: AbortSignal },
  ): AsyncIterable<BackfillDetail>;
  /** Starts no further partition and aborts those that run. Canceling what has ended changes nothing. */
  cancelBackfill(id: string, by?: ControlOptions): Promise<BackfillDetail>;
  /**
   * Starts no further partition until `resumeBackfill`, or until a time. Nothing is claimed any more once it has
   * answered. Pausing what is paused changes how; pausing what has ended or is being canceled changes nothing.
   */
  pauseBackfill(id: string, options?: PauseOptions): Promise<BackfillDetail>;
  /**
   * Changes how a running or paused backfill goes on, and which partitions it runs, without submitting it anew.
   *
   * @throws BackfillEndedError
   */
  changeBackfill(
    id: string,
    changes: BackfillChanges,
    by?: ControlOptions & { readonly dryRun?: boolean },
  ): Promise<ChangedBackfill>;
  /** Goes on with what is paused; changes nothing else. */
  resumeBackfill(id: string, by?: ControlOptions): Promise<BackfillDetail>;
  /**
   * Runs again what failed, was skipped or was canceled, and nothing else; with `only` those of one outcome, with
   * `group` the failed partitions of one group and those that were skipped because of them alone.
   *
   * @throws UnknownFailureGroupError
   */
  retryBackfill(
    id: string,
    options?: RetryOptions,
  ): Promise<{ readonly reopened: number; readonly backfill: BackfillDetail }>;
  /** What `retryBackfill` would run again. Writes nothing. */
  previewRetry(id: string, options?: RetryOptions): Promise<RetryCounts>;
  /**
   * The failed partitions of a backfill, grouped by errors that are equal but for numbers, keys and paths; largest first.
   * At most 200 groups are told apart, and 100,000 failed partitions looked at; the answer says how many were left.
   *
   * @throws UnknownBackfillError
   */
  listFailures(id: string): Promise<BackfillFailures>;
  /**
   * Deletes a backfill that has ended: its log, its progress and its summaries. Partitions keep their state, and their records
   * go on to name it. Whoever was interrupted calls again.
   *
   * @throws UnknownBackfillError, BackfillActiveError
   */
  deleteBackfill(id: string, by?: ControlOptions): Promise<void>;
  /**
   * What was done with a backfill, by whom and why, oldest first; the newest 1,000 entries are kept.
   *
   * @throws UnknownBackfillError
   */
  listBackfillEvents(id: string, options?: PageOptions): Promise<Page<BackfillEvent>>;
  /** Summaries of ended backfills that some target has not taken: those to come, then those that were given up; at most 1,000 of each. */
  listDeliveries(): Promise<readonly WaitingSummary[]>;
  /**
   * Sends summaries again that were given up: one by its delivery id, to each target that did not take it, or `all`. Each has
   * all its attempts again. Answers with those that it concerns, as they were; what is not parked comes by itself.
   *
   * @throws UnknownDeliveryError
   */
  redeliver(which: string, options?: RedeliverOptions): Promise<readonly WaitingSummary[]>;

  /**
   * What is missing, failed or stale of the assets that the selection text names (left out: all), as ranges.
   *
   * @throws UnknownAssetError, AssetSelectionError
   */
  findGaps(assets?: string): Promise<GapReport>;

  listAssets(): Promise<readonly AssetSummary[]>;
  /** @throws UnknownAssetError */
  getAsset(name: string): Promise<AssetDetail>;
  /** Counts by status among the partitions that the text selects (left out: all). */
  countPartitions(asset: string, partitions?: string): Promise<StatusCounts>;
  /** In definition order. */
  listPartitions(
    asset: string,
    options?: PageOptions & { readonly partitions?: string; readonly status?: PartitionStatus },
  ): Promise<Page<PartitionSummary>>;
  /** @throws UnknownPartitionKeyError */
  getPartition(asset: string, key: string): Promise<PartitionDetail>;
  /**
   * Says of the partitions that the text selects that they are materialized, without running them. Those that run now
   * are left out; what is planned in running backfills stays planned. `countPartitions` is its preview.
   */
  markPartitions(asset: string, change: PartitionChange): Promise<ChangedPartitions>;
  /** Forgets status, records, errors and metadata of the partitions that the text selects. Those that run now are left out. */
  wipePartitions(asset: string, change: PartitionChange): Promise<ChangedPartitions>;
  /** What was marked and wiped, by whom and why, newest first; the newest 1,000 changes of an asset are kept. */
  listPartitionChanges(asset: string, options?: PageOptions): Promise<Page<PartitionChangeEvent>>;

  /** The dynamic definitions of the project, by name. */
  listDynamicDefinitions(): Promise<readonly DynamicDefinition[]>;
  /**
   * The keys of a dynamic definition in the order in which they were added, or with `removed` those that were removed.
   *
   * @throws UnknownDynamicPartitionsError
   */
  listDynamicPartitions(
    name: string,
    options?: PageOptions & { readonly removed?: boolean },
  ): Promise<Page<DynamicPartition>>;
  /**
   * Adds keys to a dynamic definition; those that are there already stay as they are. One that was removed comes back
   * with its state.
   *
   * @param keys any number; each counts once
   * @throws UnknownDynamicPartitionsError, PartitionKeyError; nothing is added then
   */
  addDynamicPartitions(
    name: string,
    keys: Iterable<string>,
    options?: DynamicChangeOptions,
  ): Promise<ChangedDynamicPartitions>;
  /**
   * Removes keys from a dynamic definition. Their partitions keep their state, but are not listed or selected any more; where
   * a running backfill has them still to do, they fail with PARTITION_GONE. Adding the keys again brings all of it back.
   *
   * @throws UnknownDynamicPartitionsError, PartitionKeyError; nothing is removed then
   */
  removeDynamicPartitions(
    name: string,
    keys: Iterable<string>,
    options?: DynamicChangeOptions,
  ): Promise<ChangedDynamicPartitions>;
  /**
   * What was added to a dynamic definition and removed from it, by whom and why, newest first.
   *
   * @throws UnknownDynamicPartitionsError
   */
  listDynamicChanges(name: string, options?: PageOptions): Promise<Page<DynamicChangeEvent>>;

  listPools(): Promise<readonly PoolSummary[]>;

  /**
   * Compares queues, ledgers, bit-planes, counters, claims and headers, at any moment of a run, and tells of every violation of
   * what always holds; with `fix` repairs it by transitions.
   */
  doctor(options?: DoctorOptions): Promise<DoctorReport>;

  close(): Promise<void>;
}

export interface ConnectOptions {
  /** Left out: the project's `redisUrl`, the environment's REDIS_URL, then redis://127.0.0.1:6379. */
  readonly redisUrl?: string;
  /** Epoch milliseconds; left out: the machine's clock. */
  readonly now?: () => number;
  /** Where the random bits of backfill ids are from, for tests that are to be repeated; left out: the machine's source. */
  readonly randomBytes?: RandomBytes;
}

export interface PageOptions {
  /** 1 to 10,000; left out: 100. */
  readonly limit?: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Absent on the last page. */
  readonly nextCursor?: string;
}

export interface RedisHealth {
  readonly version: string;
  readonly appendOnly: boolean;
  /** One sentence each, such as what a server without persistence may lose. */
  readonly warnings: readonly string[];
}

/** Who asked for a change, and why; kept in the backfill's log. */
export interface ControlOptions {
  readonly actor?: string;
  readonly reason?: string;
}

/** Which partitions of a backfill run again, who asks for it, and why. */
export interface RetryOptions extends ControlOptions {
  /** Left out: those that failed, were skipped or were canceled. */
  readonly only?: "failed" | "skipped" | "canceled";
  /** The fingerprint of a group of failures, or its beginning. */
  readonly group?: string;
}

/** How many partitions a retry runs again, by the outcome they had. */
export interface RetryCounts {
  readonly toRetry: number;
  readonly failed: number;
  readonly skipped: number;
  readonly canceled: number;
}

/** The failures of a backfill, in groups. */
export interface BackfillFailures {
  readonly id: string;
  readonly failed: number;
  /** Failed partitions that were looked at: all, unless there are very many. */
  readonly examined: number;
  readonly groups: readonly FailureGroup[];
  /** Of those looked at, how many are in none of these groups, since there are too many groups. */
  readonly ungrouped: number;
}

/** Failed partitions whose errors are equal but for numbers, ids, keys, paths, URLs and times. */
export interface FailureGroup {
  /** `f` and 11 hexadecimal digits: what `retryBackfill` takes. */
  readonly fingerprint: string;
  /** The error's name and message, with what differs blanked: `HttpError: 503 from {url}`. */
  readonly error: string;
  readonly count: number;
  /** Of the failed partitions that were looked at, 0 to 1. */
  readonly share: number;
  /** When the first and the last of them failed, ISO 8601, UTC; absent where no record tells. */
  readonly firstAt?: string;
  readonly lastAt?: string;
  readonly assets: readonly { readonly asset: string; readonly count: number }[];
  /** At most five. */
  readonly samples: readonly { readonly asset: string; readonly key: string }[];
  /** The newest of these errors, whole. */
  readonly example: {
    readonly asset: string;
    readonly key: string;
    readonly attempt: number;
    readonly name: string;
    readonly message: string;
    readonly stack?: string;
  };
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

/** A summary of an ended backfill that some target has not taken. */
export interface WaitingSummary {
  /** `<backfillId>-<sequence>`. */
  readonly deliveryId: string;
  readonly backfillId: string;
  /** A webhook, by its host, or `onBackfillFinished`; absent until a planner has looked at it. */
  readonly target?: string;
  /** `waiting` comes, or comes again, at `at`; `parked` was given up then. */
  readonly status: "waiting" | "parked";
  readonly attempts: number;
  /** Why the last attempt failed; "" where none has. */
  readonly error: string;
  /** ISO 8601, UTC, by Redis' clock. */
  readonly at: string;
}

/** Who sends parked summaries again, and why. */
export interface RedeliverOptions extends ControlOptions {
  /** Change nothing: only say which these are. */
  readonly dryRun?: boolean;
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

export interface PauseOptions extends ControlOptions {
  /** `drain` (left out) lets what runs end; `stop` aborts it, and the attempts do not count. */
  readonly mode?: "drain" | "stop";
  /** Goes on by itself after this long, in milliseconds; left out: not before it is resumed. */
  readonly forMs?: number;
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
  readonly pool: string;
}

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
  /** Worker slots that serve the pools of these assets now. */
  readonly slots: number;
  /** One sentence each: a pool without a worker, for example. */
  readonly warnings: readonly string[];
}

export interface CreatedBackfill {
  readonly id: string | undefined;
  readonly preview: BackfillPreview;
}

/** How many partitions of a backfill stand where. They add up to `selected`. */
export interface LedgerCounts {
  readonly selected: number;
  /** Not in the window yet. */
  readonly waiting: number;
  /** In the window, not started. */
  readonly queued: number;
  readonly inProgress: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly skipped: number;
  readonly canceled: number;
}

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

/** What a change did, or would do. */
export interface ChangedBackfill extends ChangeEffects {
  readonly backfill: BackfillDetail;
}

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
}

export interface FailedPartition {
  readonly asset: string;
  readonly key: string;
  readonly error: string;
  readonly attempt: number;
}

export type PartitionStatus = "missing" | "in_progress" | "materialized" | "failed";

/** Counts by status. They add up to `total`. */
export interface StatusCounts {
  readonly total: number;
  readonly missing: number;
  readonly inProgress: number;
  readonly materialized: number;
  readonly failed: number;
}

export interface AssetSummary {
  readonly name: string;
  readonly description: string;
  /** The partitions definition in words. */
  readonly partitions: string;
  readonly pool: string;
  readonly counts: StatusCounts;
}

/** A cap on partitions in progress at once, and how many there are now. */
export interface CapUse {
  readonly cap: number;
  readonly inUse: number;
}

/** A cap for each key of a dimension. */
export interface DimensionCapUse {
  readonly dimension: string;
  readonly cap: number;
  /** The keys with the most partitions in progress, at most ten. */
  readonly keys: readonly { readonly key: string; readonly inUse: number }[];
}

export interface AssetDetail extends AssetSummary {
  /** Absent where it has no cap of its own. */
  readonly concurrency?: CapUse;
  /** Absent where no dimension is capped. */
  readonly concurrencyPer?: readonly DimensionCapUse[];
  readonly fingerprint: string;
  readonly codeVersion: string;
  readonly tags: readonly string[];
  readonly firstKey?: string;
  readonly lastKey?: string;
  readonly upstream: readonly { readonly asset: string; readonly mapping: string }[];
  readonly downstream: readonly { readonly asset: string; readonly mapping: string }[];
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

export interface PartitionSummary {
  readonly asset: string;
  readonly key: string;
  readonly status: PartitionStatus;
  readonly lastSettlement?: LastSettlement;
}

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

/** A dynamic definition, and how many keys it has. */
export interface DynamicDefinition {
  readonly name: string;
  readonly keys: number;
  /** Keys that were removed and have not come back. */
  readonly removed: number;
  /** The assets that are partitioned by it. */
  readonly assets: readonly string[];
}

/** A key of a dynamic definition. */
export interface DynamicPartition {
  readonly key: string;
  /** When it was added last; when it was removed, in the list of those that were. ISO 8601, UTC. */
  readonly since: string;
}

/** How dynamic keys are added or removed. */
export interface DynamicChangeOptions extends ControlOptions {
  /** Say what would be done, and do nothing. */
  readonly dryRun?: boolean;
}

/** What adding or removing dynamic keys did, or would do. */
export interface ChangedDynamicPartitions {
  readonly name: string;
  readonly changed: number;
  /** Keys that were there already, or were not there. */
  readonly unchanged: number;
  /** The first of those, at most five. */
  readonly unchangedKeys: readonly string[];
  /** Of each asset that has state of the changed keys: how many of its partitions are materialized, failed or run. */
  readonly assets: readonly {
    readonly asset: string;
    readonly materialized: number;
    readonly failed: number;
    readonly inProgress: number;
  }[];
}

export interface DynamicChangeEvent {
  /** Sorts by age. */
  readonly id: string;
  readonly definition: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** `added` or `removed`. */
  readonly what: string;
  readonly keys: number;
  /** At most three. */
  readonly firstKeys: readonly string[];
  readonly actor: string;
  readonly reason: string;
}

export interface PoolSummary {
  readonly pool: string;
  readonly assets: readonly string[];
  /** Most partitions in progress at once; absent where it has no cap. */
  readonly concurrency?: number;
  /** How many of these are in progress now; absent where it has no cap. */
  readonly inUse?: number;
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly workers: number;
  readonly slots: number;
}
