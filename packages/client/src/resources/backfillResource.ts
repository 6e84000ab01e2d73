import {
  type BackfillRequest,
  type BackfillStatus,
  type BackfillSubmission,
  versionsOf,
} from "@infill/core";
import { type BackfillFailures, groupFailures } from "@infill/planning";
import { readBackfill } from "@infill/state";
import type {
  BackfillDetail,
  BackfillEvent,
  BackfillPreview,
  ChangedBackfill,
  CreatedBackfill,
  ListedBackfill,
} from "../backfills/backfillAnswers.ts";
import type { BackfillChanges } from "../backfills/backfillChanges.ts";
import { describeBackfill } from "../backfills/backfillDetails.ts";
import { listBackfillEvents } from "../backfills/backfillEvents.ts";
import { changeRunningBackfill } from "../backfills/changeBackfill.ts";
import { cancelBackfill, pauseBackfill, resumeBackfill } from "../backfills/controlBackfill.ts";
import { deleteBackfill, deleteByForce } from "../backfills/deleteBackfill.ts";
import { listBackfills } from "../backfills/listBackfills.ts";
import type { PruneEvent, PruneOptions, PrunedBackfills } from "../backfills/pruneAnswers.ts";
import { listPrunes, pruneBackfills } from "../backfills/pruneBackfills.ts";
import { resolveBackfillId } from "../backfills/resolveBackfillId.ts";
import { previewRetry } from "../backfills/previewRetry.ts";
import { retryBackfill } from "../backfills/retryBackfill.ts";
import { longestRunning } from "../backfills/runningPartitions.ts";
import { watchBackfill } from "../backfills/watchBackfill.ts";
import { recentRate } from "../backfills/recentRate.ts";
import type { ClientEnvironment } from "../shared/clientEnvironment.ts";
import type {
  ControlOptions,
  PauseOptions,
  RetryCounts,
  RetryOptions,
} from "../shared/controlOptions.ts";
import { type Page, pageLimit, type PageOptions } from "../shared/pages.ts";
import type { PlanBasis } from "../submissions/planRequest.ts";
import { previewBackfill, submitBackfill } from "../submissions/submitBackfill.ts";

/** Backfills: what would run, what runs, and what becomes of it. */
export interface Backfills {
  /** What `create` would run. Writes nothing but the plan, which can be submitted by its hash for an hour. */
  preview(request: BackfillRequest): Promise<BackfillPreview>;
  /**
   * Records a backfill and returns; nothing is enumerated. When it has answered, the backfill exists.
   * Where nothing is to run, nothing is written and `id` is undefined.
   *
   * With `planHash` what was previewed is run, less what has been done since. With `idempotencyKey` equal calls make
   * one backfill, also when the first one was cut off anywhere.
   *
   * @throws PlanChangedError, UnknownPlanError, IdempotencyConflictError
   */
  create(submission: BackfillSubmission): Promise<CreatedBackfill>;
  /** Newest first. */
  list(options?: PageOptions & { readonly status?: BackfillStatus }): Promise<Page<ListedBackfill>>;
  /**
   * The id that a text means: a whole id as it is, the only one that it begins (at least four characters; `bf_` may be left out), or
   * with `latest` the newest backfill's.
   *
   * @throws UnknownBackfillError, AmbiguousBackfillError
   */
  resolveId(text: string): Promise<string>;
  /** @throws UnknownBackfillError, UnreadableBackfillError */
  get(id: string): Promise<BackfillDetail>;
  /** The state now, whenever it has changed (at most four times a second), and each second; ends after a final status. */
  watch(id: string, options?: { readonly signal?: AbortSignal }): AsyncIterable<BackfillDetail>;
  /** Starts no further partition and aborts those that run. Canceling what has ended changes nothing. */
  cancel(id: string, by?: ControlOptions): Promise<BackfillDetail>;
  /**
   * Starts no further partition until `resume`, or until a time. Nothing is claimed any more once it has
   * answered. Pausing what is paused changes how; pausing what has ended or is being canceled changes nothing.
   */
  pause(id: string, options?: PauseOptions): Promise<BackfillDetail>;
  /**
   * Changes how a running or paused backfill goes on, and which partitions it runs, without submitting it anew.
   *
   * @throws BackfillEndedError
   */
  change(
    id: string,
    changes: BackfillChanges,
    by?: ControlOptions & { readonly dryRun?: boolean },
  ): Promise<ChangedBackfill>;
  /** Goes on with what is paused; changes nothing else. */
  resume(id: string, by?: ControlOptions): Promise<BackfillDetail>;
  /**
   * Runs again what failed, was skipped or was canceled, and nothing else; with `only` those of one outcome, with
   * `group` the failed partitions of one group and those that were skipped because of them alone.
   *
   * @throws UnknownFailureGroupError
   */
  retry(
    id: string,
    options?: RetryOptions,
  ): Promise<{ readonly reopened: number; readonly backfill: BackfillDetail }>;
  /** What `retry` would run again. Writes nothing. */
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
   * go on to name it. If a call is interrupted, the next one finishes it.
   *
   * With `force`, one that cannot be read or is set aside goes too, whatever its status: with its jobs and claims, as far as they
   * can be found. Costs a scan of the namespace.
   *
   * @throws UnknownBackfillError, BackfillActiveError, UnreadableBackfillError (without `force`)
   */
  delete(id: string, by?: ControlOptions & { readonly force?: boolean }): Promise<void>;
  /**
   * Prunes backfills that ended long ago, or beyond a number: with their logs and the errors of their failures. Partitions and
   * their records stay. Those that run, and those with a summary that is still to be delivered, are kept.
   *
   * @throws InvalidOptionsError
   */
  prune(options?: PruneOptions): Promise<PrunedBackfills>;
  /** When backfills were pruned, by whom and why, newest first; at most `limit`, left out: 100. */
  listPrunes(options?: { readonly limit?: number }): Promise<readonly PruneEvent[]>;
  /**
   * What was done with a backfill, by whom and why, oldest first; the newest 1,000 entries are kept.
   *
   * @throws UnknownBackfillError
   */
  listEvents(id: string, options?: PageOptions): Promise<Page<BackfillEvent>>;
}

export function backfillResource(environment: ClientEnvironment): Backfills {
  const { connection, project, store, graph, registered, now } = environment;
  const { assets } = connection;
  const parts = { store, graph, registered };
  const basis: PlanBasis = {
    ...parts,
    randomBytes: environment.randomBytes,
    versions: versionsOf(project),
    register: (names) => assets.register(names),
    announce: () => assets.announce(),
  };
  const get = async (id: string): Promise<BackfillDetail> => {
    await assets.refresh();
    const record = await readBackfill(store, id);
    const detail = await describeBackfill(store, registered, record, now());
    const running = await longestRunning(store, registered, record, detail.byAsset);
    return { ...detail, ...(running.length === 0 ? {} : { running }) };
  };
  return {
    async preview(request) {
      await assets.refresh();
      return previewBackfill(basis, request, now());
    },
    async create(submission) {
      await assets.refresh();
      return submitBackfill(basis, submission, now());
    },
    list: (options = {}) => listBackfills(store, options),
    resolveId: (text) => resolveBackfillId(store, text),
    get,
    watch(id, options = {}) {
      const rate = recentRate();
      const describe = async () => {
        const record = await readBackfill(store, id);
        const nowMs = now();
        return rate(await describeBackfill(store, registered, record, nowMs), nowMs);
      };
      return watchBackfill(store, describe, now, options.signal);
    },
    async cancel(id, by = {}) {
      await cancelBackfill(store, id, by);
      return get(id);
    },
    async pause(id, options = {}) {
      await pauseBackfill(store, id, options);
      return get(id);
    },
    async change(id, changes, by = {}) {
      await assets.refresh();
      if (by.dryRun !== true && changes.add !== undefined)
        await assets.register((await readBackfill(store, id)).header.assets);
      const effects = await changeRunningBackfill(parts, id, changes, by);
      return { ...effects, backfill: await get(id) };
    },
    async resume(id, by = {}) {
      await resumeBackfill(store, id, by);
      return get(id);
    },
    async retry(id, options = {}) {
      await assets.refresh();
      const reopened = await retryBackfill(parts, id, options);
      return { reopened, backfill: await get(id) };
    },
    async previewRetry(id, options = {}) {
      await assets.refresh();
      return previewRetry(parts, id, options);
    },
    async listFailures(id) {
      const { counts } = await get(id);
      const record = await readBackfill(store, id);
      return groupFailures(store, registered, record, counts.failed);
    },
    async delete(id, { force = false, ...by } = {}) {
      const queues = await connection.queues();
      if (force) await deleteByForce(store, queues, project.pools.keys(), id);
      else await deleteBackfill(store, registered, queues, id, by);
    },
    prune: (options = {}) => pruneBackfills(store, project, options),
    listPrunes: async (options = {}) => listPrunes(store, pageLimit(options.limit)),
    listEvents: (id, options = {}) => listBackfillEvents(store, id, options),
  };
}
