import {
  type BackfillRequest,
  type BackfillStatus,
  type BackfillSubmission,
  parseOptions,
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
import { describeBackfill } from "../backfills/backfillDetails.ts";
import { listBackfillEvents } from "../backfills/listBackfillEvents.ts";
import { changeRunningBackfill } from "../changes/changeRunningBackfill.ts";
import { cancelBackfill, pauseBackfill, resumeBackfill } from "../backfills/controlBackfill.ts";
import { deleteBackfill, deleteByForce } from "../backfills/deleteBackfill.ts";
import { listBackfills } from "../backfills/listBackfills.ts";
import type { PruneEvent, PrunedBackfills } from "../backfills/pruneAnswers.ts";
import { listPrunes, pruneBackfills } from "../backfills/pruneBackfills.ts";
import { resolveBackfillId } from "../backfills/resolveBackfillId.ts";
import { previewRetry } from "../retry/previewRetry.ts";
import { retryBackfill } from "../retry/retryBackfill.ts";
import { longestRunning } from "../backfills/longestRunning.ts";
import { watchBackfill } from "../backfills/watchBackfill.ts";
import { recentRate } from "../backfills/recentRate.ts";
import {
  type BackfillChanges,
  backfillInputs,
  type PauseOptions,
  type PruneOptions,
  type RetryOptions,
} from "../schemas/backfillSchemas.ts";
import type { ControlOptions } from "../schemas/controlSchemas.ts";
import type { PageOptions } from "../schemas/pageSchemas.ts";
import type { ClientEnvironment } from "../shared/clientEnvironment.ts";
import type { Page } from "../shared/page.ts";
import type { RetryCounts } from "../shared/retryCounts.ts";
import type { PlanBasis } from "../submissions/planRequest.ts";
import { previewBackfill, submitBackfill } from "../submissions/submitBackfill.ts";

/**
 * Backfills: previews, submissions, progress and changes.
 *
 * Each method throws InvalidOptionsError for input that `backfillInputs` refuses.
 */
export interface Backfills {
  /**
   * What `create` would run. Writes only the plan, which can be submitted by its hash for an hour.
   */
  preview(request: BackfillRequest): Promise<BackfillPreview>;
  /**
   * Creates a backfill and returns; partitions are not listed one by one. When the call has
   * returned, the backfill exists. If nothing is to run, it writes nothing and `id` is undefined.
   *
   * With `planHash` it runs the previewed plan, less what has run since. With `idempotencyKey`
   * equal calls create one backfill, even if the first call was interrupted.
   *
   * @throws PlanChangedError, UnknownPlanError, IdempotencyConflictError
   */
  create(submission: BackfillSubmission): Promise<CreatedBackfill>;
  /** Newest first. */
  list(
    options?: PageOptions & { readonly status?: BackfillStatus | undefined },
  ): Promise<Page<ListedBackfill>>;
  /**
   * The id that a text means: a complete id; the only id that begins with it (at least four
   * characters, with or without `bf_`); or the newest backfill's id for `latest`.
   *
   * @throws UnknownBackfillError, AmbiguousBackfillError
   */
  resolveId(text: string): Promise<string>;
  /** @throws UnknownBackfillError, UnreadableBackfillError */
  get(id: string): Promise<BackfillDetail>;
  /**
   * Yields the description at each change (at most four times a second) and each second; ends after
   * a final status.
   */
  watch(
    id: string,
    options?: { readonly signal?: AbortSignal | undefined },
  ): AsyncIterable<BackfillDetail>;
  /**
   * Starts no more partitions and aborts those that run. Changes nothing if the backfill has ended.
   */
  cancel(id: string, by?: ControlOptions): Promise<BackfillDetail>;
  /**
   * Starts no more partitions until `resume`, or until a time. No partition is claimed after the
   * call has returned. Pausing a paused backfill changes the mode and the time; pausing one that
   * has ended or is being canceled changes nothing.
   */
  pause(id: string, options?: PauseOptions): Promise<BackfillDetail>;
  /**
   * Changes the settings and the selection of a running or paused backfill.
   *
   * @throws BackfillEndedError
   */
  change(
    id: string,
    changes: BackfillChanges,
    by?: ControlOptions & { readonly dryRun?: boolean | undefined },
  ): Promise<ChangedBackfill>;
  /** Resumes a paused backfill; otherwise changes nothing. */
  resume(id: string, by?: ControlOptions): Promise<BackfillDetail>;
  /**
   * Runs failed, skipped and canceled partitions again. `only`: those of one outcome. `group`: the
   * failed partitions of one group, and those that were skipped because of them alone.
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
   * The failed partitions of a backfill, grouped by errors that are equal except for numbers, keys
   * and paths; largest group first. Examines at most 100,000 failed partitions and returns at most
   * 200 groups; the answer tells how many were left out.
   *
   * @throws UnknownBackfillError
   */
  listFailures(id: string): Promise<BackfillFailures>;
  /**
   * Deletes an ended backfill: its log, its progress and its summaries. Partitions keep their
   * state, and their records keep its id. After an interruption, call again.
   *
   * With `force`, also deletes an unreadable or set-aside backfill of any status, with its jobs and
   * claims as far as they can be found. Scans the namespace.
   *
   * @throws UnknownBackfillError, BackfillActiveError, UnreadableBackfillError (without `force`)
   */
  delete(id: string, by?: ControlOptions & { readonly force?: boolean | undefined }): Promise<void>;
  /**
   * Prunes backfills that ended long ago or beyond a number, with their logs and the errors of
   * their failures. Partitions and their records stay. Keeps running backfills, and those with a
   * summary that is still to be delivered.
   *
   * @throws InvalidOptionsError
   */
  prune(options?: PruneOptions): Promise<PrunedBackfills>;
  /** The rounds of pruning, newest first; at most `limit`, default 100. */
  listPrunes(options?: { readonly limit?: number | undefined }): Promise<readonly PruneEvent[]>;
  /**
   * A backfill's log, oldest first; Redis keeps the newest 1,000 entries.
   *
   * @throws UnknownBackfillError
   */
  listEvents(id: string, options?: PageOptions): Promise<Page<BackfillEvent>>;
}

export function backfillResource(environment: ClientEnvironment): Backfills {
  const { connection, project, store, graph, registered, now } = environment;
  const { assets } = connection;
  const basis: PlanBasis = {
    ...{ store, graph, registered },
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
  const idOf = (id: string) => parseOptions(backfillInputs.id, id, "backfill id");
  return {
    async preview(request) {
      const given = parseOptions(backfillInputs.preview, request, "backfill request");
      await assets.refresh();
      return previewBackfill(basis, given, now());
    },
    async create(submission) {
      const given = parseOptions(backfillInputs.create, submission, "backfill request");
      await assets.refresh();
      return submitBackfill(basis, given, now());
    },
    list: async (options = {}) =>
      listBackfills(store, parseOptions(backfillInputs.list, options, "page")),
    resolveId: async (text) => resolveBackfillId(store, idOf(text)),
    get: async (id) => get(idOf(id)),
    async *watch(written, options = {}) {
      const id = idOf(written);
      const { signal } = parseOptions(backfillInputs.watch, options, "watch");
      const rate = recentRate();
      const describe = async () => {
        const record = await readBackfill(store, id);
        const nowMs = now();
        return rate(await describeBackfill(store, registered, record, nowMs), nowMs);
      };
      yield* watchBackfill(store, describe, now, signal);
    },
    async cancel(written, by = {}) {
      const id = idOf(written);
      await cancelBackfill(store, id, parseOptions(backfillInputs.cancel, by, "cancel"));
      return get(id);
    },
    async pause(written, options = {}) {
      const id = idOf(written);
      await pauseBackfill(store, id, parseOptions(backfillInputs.pause, options, "pause"));
      return get(id);
    },
    async change(written, changes, by = {}) {
      const id = idOf(written);
      const given = parseOptions(backfillInputs.change, changes, "backfill changes");
      const how = parseOptions(backfillInputs.changeBy, by, "backfill changes");
      await assets.refresh();
      if (!how.dryRun && given.add !== undefined)
        await assets.register((await readBackfill(store, id)).header.assets);
      const effects = await changeRunningBackfill(environment, id, given, how);
      return { ...effects, backfill: await get(id) };
    },
    async resume(written, by = {}) {
      const id = idOf(written);
      await resumeBackfill(environment, id, parseOptions(backfillInputs.resume, by, "resume"));
      return get(id);
    },
    async retry(written, options = {}) {
      const id = idOf(written);
      const given = parseOptions(backfillInputs.retry, options, "retry");
      await assets.refresh();
      const reopened = await retryBackfill(environment, id, given);
      return { reopened, backfill: await get(id) };
    },
    async previewRetry(written, options = {}) {
      const id = idOf(written);
      const given = parseOptions(backfillInputs.retry, options, "retry");
      await assets.refresh();
      return previewRetry(environment, id, given);
    },
    async listFailures(written) {
      const id = idOf(written);
      const { counts } = await get(id);
      const record = await readBackfill(store, id);
      return groupFailures(store, registered, record, counts.failed);
    },
    async delete(written, options = {}) {
      const id = idOf(written);
      const { force, ...by } = parseOptions(backfillInputs.delete, options, "deletion");
      const queues = await connection.queues();
      if (force) await deleteByForce(store, queues, project.pools.keys(), id);
      else await deleteBackfill(store, registered, queues, id, by);
    },
    prune: async (options = {}) =>
      pruneBackfills(store, project, parseOptions(backfillInputs.prune, options, "prune")),
    async listPrunes(options = {}) {
      const { limit } = parseOptions(backfillInputs.listPrunes, options, "page");
      return listPrunes(store, limit);
    },
    listEvents: async (id, options = {}) =>
      listBackfillEvents(store, idOf(id), parseOptions(backfillInputs.listEvents, options, "page")),
  };
}
