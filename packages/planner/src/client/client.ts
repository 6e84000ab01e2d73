import type { PruneEvent, PruneOptions, PrunedBackfills } from "./pruneAnswers.ts";
import type {
  BackfillRequest,
  BackfillStatus,
  BackfillSubmission,
  Project,
  RandomBytes,
} from "@infill/core";
import type { AssetState, KeptState, OnRedisWait } from "@infill/state";
import type { DoctorOptions, DoctorReport } from "../doctor/doctorReport.ts";
import type { AssetDetail, AssetSummary, PoolSummary } from "./assetAnswers.ts";
import type {
  BackfillDetail,
  BackfillEvent,
  BackfillPreview,
  ListedBackfill,
  ChangedBackfill,
  CreatedBackfill,
} from "./backfillAnswers.ts";
import type { BackfillChanges } from "./backfillChanges.ts";
import type { ControlOptions, PauseOptions, RetryCounts, RetryOptions } from "./controlOptions.ts";
import type { RedeliverOptions, WaitingSummary } from "./deliveryAnswers.ts";
import type {
  ChangedDynamicPartitions,
  DynamicChangeEvent,
  DynamicChangeOptions,
  DynamicDefinition,
  DynamicPartition,
} from "./dynamicAnswers.ts";
import type { BackfillFailures } from "./failureAnswers.ts";
import type { AssetStatePreview, KeptStatePreview } from "./giveUpAsset.ts";
import type { RenamePreview } from "./renameAsset.ts";
import type { GapReport } from "./findGaps.ts";
import type { Page, PageOptions } from "./pages.ts";
import type {
  ChangedPartitions,
  PartitionChange,
  PartitionChangeEvent,
  PartitionDetail,
  PartitionStatus,
  PartitionSummary,
  StatusCounts,
} from "./partitionAnswers.ts";
import type { PlannerSummary, WorkerDetail, WorkerSummary } from "./processAnswers.ts";
import type { PartitionWhy } from "./whyAnswers.ts";

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
  ): Promise<Page<ListedBackfill>>;
  /**
   * The id that a text means: a whole id as it is, the only one that it begins (at least four characters; `bf_` may be left out), or
   * with `latest` the newest backfill's.
   *
   * @throws UnknownBackfillError, AmbiguousBackfillError
   */
  resolveBackfillId(text: string): Promise<string>;
  /** @throws UnknownBackfillError, UnreadableBackfillError */
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
   * With `force`, one that cannot be read or is set aside goes too, whatever its status: with its jobs and claims, as far as they
   * can be found. Costs a scan of the namespace.
   *
   * @throws UnknownBackfillError, BackfillActiveError, UnreadableBackfillError (without `force`)
   */
  deleteBackfill(id: string, by?: ControlOptions & { readonly force?: boolean }): Promise<void>;
  /**
   * Prunes backfills that ended long ago, or beyond a number: with their logs and the errors of their failures. Partitions and
   * their records stay. Those that run, and those with a summary that is still to be delivered, are kept.
   *
   * @throws InvalidOptionsError
   */
  pruneBackfills(options?: PruneOptions): Promise<PrunedBackfills>;
  /** When backfills were pruned, by whom and why, newest first; at most `limit`, left out: 100. */
  listPrunes(options?: { readonly limit?: number }): Promise<readonly PruneEvent[]>;
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

  /**
   * The assets with their counts by status. `staleWithin`: up to how many materialized partitions, of all assets together,
   * `stale` is counted too, which reads their records; left out: 100,000.
   */
  listAssets(options?: { readonly staleWithin?: number }): Promise<readonly AssetSummary[]>;
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
   * Why a partition stands where it does: what it reads, the failed partition behind a skip, what holds it back now. A key of no
   * partition is answered too, with status `absent`.
   *
   * @throws UnknownAssetError
   */
  explainPartition(asset: string, key: string): Promise<PartitionWhy>;
  /**
   * Says of the partitions that the text selects that they are materialized, without running them. Those that run now
   * are left out; what is planned in running backfills stays planned. `countPartitions` is its preview.
   */
  markPartitions(asset: string, change: PartitionChange): Promise<ChangedPartitions>;
  /** Forgets status, records, errors and metadata of the partitions that the text selects. Those that run now are left out. */
  wipePartitions(asset: string, change: PartitionChange): Promise<ChangedPartitions>;
  /**
   * What is kept of an asset, also of one that the project no longer has, and which backfills use it. Costs a scan of the server's
   * keys. Writes nothing.
   *
   * @throws UnknownAssetError
   */
  previewAssetState(asset: string): Promise<AssetStatePreview>;
  /**
   * Gives up all state of an asset and its definition on record, so that it may be defined otherwise: statuses, records, errors,
   * metadata, and what ended backfills did in it. What was changed by hand stays listed. If it was interrupted, call again.
   *
   * @returns what went
   * @throws UnknownAssetError, AssetInUseError, AssetChangingError
   */
  resetAsset(asset: string, by?: ControlOptions): Promise<AssetState>;
  /**
   * What of an asset's state would be kept if it moved to the present definition. Costs scans of the server's keys and a look at every
   * record of the asset. Writes nothing.
   *
   * @throws UnknownAssetError, StateNotKeptError, AssetChangingError
   */
  previewKeptState(asset: string): Promise<KeptStatePreview>;
  /**
   * Moves the state of an asset to its present definition. Partitions whose window or key is the same keep status, record, error,
   * metadata and attempts; the others go, and so does what ended backfills did in the asset. If it was interrupted, call again.
   *
   * @returns what was kept
   * @throws UnknownAssetError, StateNotKeptError, AssetInUseError, AssetChangingError
   */
  keepAssetState(asset: string, by?: ControlOptions): Promise<KeptState>;
  /** Frees every key of an asset, also of one that the project no longer has; as `resetAsset` in all else. */
  removeAsset(asset: string, by?: ControlOptions): Promise<AssetState>;
  /**
   * What of an asset would move to another name, and which backfills keep it from that. Costs scans of the server's keys. Writes
   * nothing.
   *
   * @throws UnknownAssetError, AssetRenameError, AssetChangingError
   */
  previewRename(asset: string, newName: string): Promise<RenamePreview>;
  /**
   * Moves the state of an asset to the name that the project has for it now: statuses, records, errors, metadata, attempts, the
   * progress of ended backfills, what was changed by hand. Nobody uses either name meanwhile. If it was interrupted, call again;
   * with both names exchanged it is taken back, as long as nothing is deleted under the old name.
   *
   * @returns what stood under the old name
   * @throws UnknownAssetError, AssetRenameError, AssetInUseError, AssetChangingError
   */
  renameAsset(asset: string, newName: string, by?: ControlOptions): Promise<AssetState>;
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

  /** Workers that are alive or were lost within the last hour, by id. */
  listWorkers(): Promise<readonly WorkerSummary[]>;
  /**
   * One worker with what it runs.
   *
   * @param id or the beginning of it that no other worker has
   * @throws UnknownWorkerError
   */
  getWorker(id: string): Promise<WorkerDetail>;
  /** Planners that are alive or were lost within the last hour, by id. */
  listPlanners(): Promise<readonly PlannerSummary[]>;

  /**
   * Compares queues, ledgers, bit-planes, counters, claims and headers, at any moment of a run, and tells of every violation of
   * what always holds; with `fix` repairs it by transitions.
   */
  doctor(options?: DoctorOptions): Promise<DoctorReport>;

  close(): Promise<void>;
}

/** Where Redis is, and what tests replace. */
export interface ConnectOptions {
  /** Left out: the project's `redisUrl`, the environment's REDIS_URL, then redis://127.0.0.1:6379. */
  readonly redisUrl?: string;
  /** How long a call waits for a Redis that is away or says "not now", in milliseconds; left out: for ever. Watching waits on. */
  readonly redisPatienceMs?: number;
  /** Hears what a call waits for: after 3 seconds, each 30 seconds, and when Redis answers again. */
  readonly onRedisWait?: OnRedisWait;
  /** Epoch milliseconds; left out: the machine's clock. */
  readonly now?: () => number;
  /** Where the random bits of backfill ids are from, for tests that are to be repeated; left out: the machine's source. */
  readonly randomBytes?: RandomBytes;
}

/** What the Redis server is and promises. */
export interface RedisHealth {
  readonly version: string;
  readonly appendOnly: boolean;
  /** One sentence each, such as what a server without persistence may lose. */
  readonly warnings: readonly string[];
}
