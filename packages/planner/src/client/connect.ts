import {
  type BackfillRequest,
  type BackfillSubmission,
  type Project,
  type RandomBytes,
  versionsOf,
} from "@infill/core";
import {
  type PartitionsContext,
  type PartitionsSubset,
  parsePartitionTextFor,
} from "@infill/partitions";
import {
  openStateStore,
  type RegisteredAsset,
  type AssetChange,
  type AssetState,
  type KeptState,
  readBackfill,
  readOverruns,
  readWorkers,
  requireAsset,
  type StateStore,
  unfitAssets,
} from "@infill/state";
import { groupFailures } from "../failureGroups.ts";
import type { DoctorOptions, DoctorReport } from "../doctor/doctorReport.ts";
import { runDoctor } from "../doctor/runDoctor.ts";
import { planContext } from "../planContext.ts";
import type { PoolQueues } from "../poolQueues.ts";
import { slotsOf } from "../windowSize.ts";
import {
  countStatuses,
  describeAsset,
  staleLookedAt,
  summarizeAssets,
  summarizeUnfit,
} from "./assetDetails.ts";
import {
  type AssetStatePreview,
  changeAssetState,
  keepAssetState,
  type KeptStatePreview,
  previewAssetState,
  previewKeptState,
} from "./giveUpAsset.ts";
import { previewRename, renameAssetState, type RenamePreview } from "./renameAsset.ts";
import { listBackfillEvents } from "./backfillEvents.ts";
import { describeBackfill } from "./backfillDetails.ts";
import { watchBackfill } from "./watchBackfill.ts";
import { capUseOfPool } from "./capUse.ts";
import { changePartitions, listPartitionChanges } from "./changePartitions.ts";
import type { PoolSummary } from "./assetAnswers.ts";
import type {
  BackfillDetail,
  BackfillPreview,
  ChangedBackfill,
  CreatedBackfill,
} from "./backfillAnswers.ts";
import type { ConnectOptions, InfillClient } from "./client.ts";
import type { ControlOptions, PauseOptions, RetryCounts, RetryOptions } from "./controlOptions.ts";
import type { ChangedDynamicPartitions, DynamicChangeOptions } from "./dynamicAnswers.ts";
import type { BackfillFailures } from "./failureAnswers.ts";
import type { Page } from "./pages.ts";
import type { ChangedPartitions, PartitionChange, PartitionSummary } from "./partitionAnswers.ts";
import type { BackfillChanges } from "./backfillChanges.ts";
import { changeRunningBackfill } from "./changeBackfill.ts";
import { cancelBackfill, pauseBackfill, resumeBackfill } from "./controlBackfill.ts";
import {
  changeDynamicPartitions,
  type DynamicEnvironment,
  listDynamicChanges,
  listDynamicDefinitions,
  listDynamicPartitions,
} from "./dynamicPartitions.ts";
import { findGaps } from "./findGaps.ts";
import { listBackfills } from "./listBackfills.ts";
import { deleteBackfill, deleteByForce } from "./deleteBackfill.ts";
import { listDeliveries } from "./listDeliveries.ts";
import { describeWorker, listPlanners, listWorkers } from "./listProcesses.ts";
import type { PlannerSummary, WorkerDetail, WorkerSummary } from "./processAnswers.ts";
import { redeliver } from "./redeliver.ts";
import { describePartition } from "./partitionDetails.ts";
import { PartitionStates } from "./partitionStates.ts";
import { longestRunning } from "./runningPartitions.ts";
import { type PartitionStatuses, statusesWithin } from "./partitionStatuses.ts";
import { listPartitions } from "./listPartitions.ts";
import { pageLimit } from "./pages.ts";
import { ProjectAssets } from "./projectAssets.ts";
import type { PruneEvent, PruneOptions, PrunedBackfills } from "./pruneAnswers.ts";
import { listPrunes, pruneBackfills } from "./pruneBackfills.ts";
import type { PlanBasis } from "./planRequest.ts";
import { previewRetry, retryBackfill, type RetryEnvironment } from "./retryBackfill.ts";
import { previewBackfill, submitBackfill } from "./submitBackfill.ts";
import type { PartitionWhy } from "./whyAnswers.ts";
import { resolveBackfillId } from "./resolveBackfillId.ts";
import { whyPartition } from "./whyPartition.ts";

/**
 * Connects to a project's state.
 *
 * Looks only: an asset is registered when something is written about it. One whose definition does not fit its state keeps none
 * of the others from being worked with.
 *
 * @throws RedisTroubleError (within five seconds where nobody answers), RedisUrlError, RedisEvictsError, RedisVersionError
 */
export async function connect(
  project: Project,
  options: ConnectOptions = {},
): Promise<InfillClient> {
  const url =
    options.redisUrl ?? process.env["REDIS_URL"] ?? project.redisUrl ?? "redis://127.0.0.1:6379";
  const store = await openStateStore(url, project.namespace, "client", {
    ...(options.redisPatienceMs === undefined ? {} : { patienceMs: options.redisPatienceMs }),
    ...(options.onRedisWait === undefined ? {} : { onWait: options.onRedisWait }),
  });
  try {
    return new Client(store, project, await ProjectAssets.open(store, project), options);
  } catch (error) {
    await store.close();
    throw error;
  }
}

class Client implements InfillClient {
  readonly project: Project;
  readonly #store: StateStore;
  readonly #assets: ProjectAssets;
  readonly #registered: ReadonlyMap<string, RegisteredAsset>;
  readonly #now: () => number;
  readonly #randomBytes: RandomBytes | undefined;
  #queues: PoolQueues | undefined;

  constructor(store: StateStore, project: Project, assets: ProjectAssets, options: ConnectOptions) {
    this.#store = store;
    this.project = project;
    this.#assets = assets;
    this.#registered = assets.known;
    this.#now = options.now ?? Date.now;
    this.#randomBytes = options.randomBytes;
  }

  get redis(): StateStore["health"] {
    return this.#store.health;
  }

  async previewBackfill(request: BackfillRequest): Promise<BackfillPreview> {
    await this.#assets.refresh();
    return previewBackfill(this.#basis(), request, this.#now());
  }

  async createBackfill(submission: BackfillSubmission): Promise<CreatedBackfill> {
    await this.#assets.refresh();
    return submitBackfill(this.#basis(), submission, this.#now());
  }

  listBackfills(
    options: Parameters<InfillClient["listBackfills"]>[0] = {},
  ): ReturnType<InfillClient["listBackfills"]> {
    return listBackfills(this.#store, options);
  }

  resolveBackfillId(text: string): Promise<string> {
    return resolveBackfillId(this.#store, text);
  }

  async getBackfill(id: string): Promise<BackfillDetail> {
    await this.#assets.refresh();
    const record = await readBackfill(this.#store, id);
    const detail = await describeBackfill(this.#store, this.#registered, record, this.#now());
    const running = await longestRunning(this.#store, this.#registered, record, detail.byAsset);
    return { ...detail, ...(running.length === 0 ? {} : { running }) };
  }

  watchBackfill(
    id: string,
    options: { readonly signal?: AbortSignal } = {},
  ): AsyncIterable<BackfillDetail> {
    const samples: { readonly atMs: number; readonly settled: number }[] = [];
    const describe = async () => {
      const record = await readBackfill(this.#store, id);
      const found = await describeBackfill(this.#store, this.#registered, record, this.#now());
      return withRate(found, samples, this.#now());
    };
    return watchBackfill(this.#store, describe, this.#now, options.signal);
  }

  async cancelBackfill(id: string, by: ControlOptions = {}): Promise<BackfillDetail> {
    await cancelBackfill(this.#store, id, by);
    return this.getBackfill(id);
  }

  async pauseBackfill(id: string, options: PauseOptions = {}): Promise<BackfillDetail> {
    await pauseBackfill(this.#store, id, options);
    return this.getBackfill(id);
  }

  async changeBackfill(
    id: string,
    changes: BackfillChanges,
    by: ControlOptions & { readonly dryRun?: boolean } = {},
  ): Promise<ChangedBackfill> {
    const { graph } = this.project;
    const environment = { store: this.#store, graph, registered: this.#registered };
    await this.#assets.refresh();
    if (by.dryRun !== true && changes.add !== undefined)
      await this.#assets.register((await readBackfill(this.#store, id)).header.assets);
    const effects = await changeRunningBackfill(environment, id, changes, by);
    return { ...effects, backfill: await this.getBackfill(id) };
  }

  async resumeBackfill(id: string, by: ControlOptions = {}): Promise<BackfillDetail> {
    await resumeBackfill(this.#store, id, by);
    return this.getBackfill(id);
  }

  async retryBackfill(
    id: string,
    options: RetryOptions = {},
  ): Promise<{ readonly reopened: number; readonly backfill: BackfillDetail }> {
    await this.#assets.refresh();
    const reopened = await retryBackfill(this.#parts(), id, options);
    return { reopened, backfill: await this.getBackfill(id) };
  }

  async previewRetry(id: string, options: RetryOptions = {}): Promise<RetryCounts> {
    await this.#assets.refresh();
    return previewRetry(this.#parts(), id, options);
  }

  async listFailures(id: string): Promise<BackfillFailures> {
    const { counts } = await this.getBackfill(id);
    const record = await readBackfill(this.#store, id);
    return groupFailures(this.#store, this.#registered, record, counts.failed);
  }

  async deleteBackfill(
    id: string,
    { force = false, ...by }: ControlOptions & { readonly force?: boolean } = {},
  ): Promise<void> {
    if (force)
      return deleteByForce(this.#store, await this.#openQueues(), this.project.pools.keys(), id);
    await deleteBackfill(this.#store, this.#registered, await this.#openQueues(), id, by);
  }

  pruneBackfills(options: PruneOptions = {}): Promise<PrunedBackfills> {
    return pruneBackfills(this.#store, this.project, options);
  }

  async listPrunes(options: { readonly limit?: number } = {}): Promise<readonly PruneEvent[]> {
    return listPrunes(this.#store, pageLimit(options.limit));
  }

  listBackfillEvents(
    id: string,
    options: Parameters<InfillClient["listBackfillEvents"]>[1] = {},
  ): ReturnType<InfillClient["listBackfillEvents"]> {
    return listBackfillEvents(this.#store, id, options);
  }

  async findGaps(assets = "*"): ReturnType<InfillClient["findGaps"]> {
    return findGaps(this.#states(await this.#context()), this.project.graph, assets);
  }

  listDeliveries(): ReturnType<InfillClient["listDeliveries"]> {
    return listDeliveries(this.#store);
  }

  redeliver(...args: Parameters<InfillClient["redeliver"]>): ReturnType<InfillClient["redeliver"]> {
    return redeliver(this.#store, args[0], args[1] ?? {});
  }

  async listAssets(
    options: Parameters<InfillClient["listAssets"]>[0] = {},
  ): ReturnType<InfillClient["listAssets"]> {
    const states = this.#states(await this.#context());
    const summaries = await summarizeAssets(
      states,
      [...this.#registered.keys()],
      options.staleWithin ?? staleLookedAt,
    );
    const fitting = new Map(summaries.map((summary) => [summary.name, summary]));
    const unfit = unfitAssets(this.#registered);
    return Array.from(this.project.graph.assets.values()).flatMap((asset) => {
      const problem = unfit.get(asset.name);
      return problem === undefined
        ? (fitting.get(asset.name) ?? [])
        : [summarizeUnfit(asset, problem, states.context)];
    });
  }

  async getAsset(name: string): ReturnType<InfillClient["getAsset"]> {
    const states = this.#states(await this.#context());
    this.#asset(name);
    return describeAsset(this.#store, this.project.graph, states, name);
  }

  async countPartitions(
    asset: string,
    partitions = ":all",
  ): ReturnType<InfillClient["countPartitions"]> {
    const { statuses } = await this.#select(asset, partitions);
    return countStatuses(statuses);
  }

  async listPartitions(
    asset: string,
    options: Parameters<InfillClient["listPartitions"]>[1] = {},
  ): Promise<Page<PartitionSummary>> {
    await this.#assets.refresh();
    this.#asset(asset);
    const { statuses, states } = await this.#select(asset, options.partitions ?? ":all");
    const wanted = options.status === undefined ? statuses.all : statuses[options.status];
    return listPartitions(this.#store, states, asset, wanted, options);
  }

  async getPartition(asset: string, key: string): ReturnType<InfillClient["getPartition"]> {
    const states = this.#states(await this.#context());
    this.#asset(asset);
    return describePartition(this.#store, this.project.graph, states, asset, key);
  }

  async explainPartition(asset: string, key: string): Promise<PartitionWhy> {
    const environment = {
      ...this.#parts(),
      pools: this.project.pools,
      states: this.#states(await this.#context()),
      queues: () => this.#openQueues(),
    };
    return whyPartition(environment, asset, key);
  }

  async markPartitions(asset: string, change: PartitionChange): Promise<ChangedPartitions> {
    return changePartitions(
      this.#store,
      this.#states(await this.#context()),
      asset,
      "marked",
      change,
      () => this.#assets.register([asset]),
    );
  }

  previewAssetState(asset: string): Promise<AssetStatePreview> {
    return previewAssetState(this.#store, this.project.graph, asset);
  }

  resetAsset(asset: string, by: ControlOptions = {}): Promise<AssetState> {
    return this.#giveUp(asset, "reset", by);
  }

  previewKeptState(asset: string): Promise<KeptStatePreview> {
    return previewKeptState(this.#store, this.project.graph, asset);
  }

  async keepAssetState(asset: string, by: ControlOptions = {}): Promise<KeptState> {
    try {
      return await keepAssetState(this.#store, this.project.graph, asset, by);
    } finally {
      this.#assets.forget(asset);
    }
  }

  removeAsset(asset: string, by: ControlOptions = {}): Promise<AssetState> {
    return this.#giveUp(asset, "remove", by);
  }

  async #giveUp(asset: string, change: AssetChange, by: ControlOptions): Promise<AssetState> {
    try {
      return await changeAssetState(this.#store, this.project.graph, asset, change, by);
    } finally {
      this.#assets.forget(asset);
    }
  }

  previewRename(asset: string, newName: string): Promise<RenamePreview> {
    return previewRename(this.#store, this.project.graph, asset, newName);
  }

  async renameAsset(asset: string, newName: string, by: ControlOptions = {}): Promise<AssetState> {
    try {
      return await renameAssetState(this.#store, this.project.graph, asset, newName, by);
    } finally {
      this.#assets.forget(asset);
      this.#assets.forget(newName);
    }
  }

  async wipePartitions(asset: string, change: PartitionChange): Promise<ChangedPartitions> {
    return changePartitions(
      this.#store,
      this.#states(await this.#context()),
      asset,
      "wiped",
      change,
      () => Promise.resolve(false),
    );
  }

  async listPartitionChanges(
    asset: string,
    options: Parameters<InfillClient["listPartitionChanges"]>[1] = {},
  ): ReturnType<InfillClient["listPartitionChanges"]> {
    await this.#assets.refresh();
    return listPartitionChanges(this.#store, this.#asset(asset).asset.name, options);
  }

  listDynamicDefinitions(): ReturnType<InfillClient["listDynamicDefinitions"]> {
    return listDynamicDefinitions(this.#dynamic());
  }

  listDynamicPartitions(
    name: string,
    options: Parameters<InfillClient["listDynamicPartitions"]>[1] = {},
  ): ReturnType<InfillClient["listDynamicPartitions"]> {
    return listDynamicPartitions(this.#dynamic(), name, options);
  }

  addDynamicPartitions(
    name: string,
    keys: Iterable<string>,
    options: DynamicChangeOptions = {},
  ): Promise<ChangedDynamicPartitions> {
    return changeDynamicPartitions(this.#dynamic(), name, "added", keys, options);
  }

  removeDynamicPartitions(
    name: string,
    keys: Iterable<string>,
    options: DynamicChangeOptions = {},
  ): Promise<ChangedDynamicPartitions> {
    return changeDynamicPartitions(this.#dynamic(), name, "removed", keys, options);
  }

  listDynamicChanges(
    name: string,
    options: Parameters<InfillClient["listDynamicChanges"]>[1] = {},
  ): ReturnType<InfillClient["listDynamicChanges"]> {
    return listDynamicChanges(this.#dynamic(), name, options);
  }

  async doctor(options: DoctorOptions = {}): Promise<DoctorReport> {
    const environment = { store: this.#store, project: this.project, registered: this.#registered };
    return runDoctor({ ...environment, queues: () => this.#openQueues() }, options);
  }

  async listPools(): Promise<readonly PoolSummary[]> {
    const queues = await this.#openQueues();
    const workers = (await readWorkers(this.#store)).filter((worker) => worker.isAlive);
    const overruns = await readOverruns(this.#store);
    const pools: PoolSummary[] = [];
    for (const [pool, { concurrency }] of this.project.pools) {
      const counts = await queues
        .queue(pool)
        .getJobCounts("waiting", "active", "delayed", "prioritized");
      pools.push({
        pool,
        assets: Array.from(this.project.graph.assets.values()).flatMap((asset) =>
          asset.pool === pool ? [asset.name] : [],
        ),
        ...(await capUseOfPool(this.#store, pool, concurrency)),
        waiting: (counts["waiting"] ?? 0) + (counts["prioritized"] ?? 0),
        active: counts["active"] ?? 0,
        delayed: counts["delayed"] ?? 0,
        workers: workers.filter((worker) => worker.pools[pool] !== undefined).length,
        slots: slotsOf(workers, pool),
        overruns: overruns
          .filter(({ asset }) => this.project.graph.assets.get(asset)?.pool === pool)
          .map(({ asset, partition, backfillId, session, reason, sinceMs }) => ({
            ...{ asset, partition, backfillId, workerId: session, reason },
            since: new Date(sinceMs).toISOString(),
          })),
      });
    }
    return pools;
  }

  async listWorkers(): Promise<readonly WorkerSummary[]> {
    return listWorkers(this.#store, this.project, this.#registered);
  }

  async getWorker(id: string): Promise<WorkerDetail> {
    return describeWorker(this.#store, this.project, this.#registered, id, this.#now());
  }

  async listPlanners(): Promise<readonly PlannerSummary[]> {
    return listPlanners(this.#store, this.project);
  }

  async close(): Promise<void> {
    await this.#queues?.close();
    await this.#store.close();
  }

  async #openQueues(): Promise<PoolQueues> {
    if (this.#queues === undefined) {
      // Loaded here, because BullMQ takes longer to load than the other commands take to answer.
      const { PoolQueues } = await import("../poolQueues.ts");
      this.#queues ??= new PoolQueues(this.#store, "client");
    }
    return this.#queues;
  }

  async #select(
    asset: string,
    text: string,
  ): Promise<{
    readonly states: PartitionStates;
    readonly statuses: PartitionStatuses;
    readonly subset: PartitionsSubset;
  }> {
    const states = this.#states(await this.#context());
    const { asset: registered } = this.#asset(asset);
    const expression = parsePartitionTextFor(text, [registered.partitions], states.context);
    const subset = await states.select(asset, expression);
    return { states, statuses: statusesWithin(await states.statuses(asset), subset), subset };
  }

  #basis(): PlanBasis {
    return {
      ...this.#parts(),
      randomBytes: this.#randomBytes,
      versions: versionsOf(this.project),
      register: (names) => this.#assets.register(names),
      announce: () => this.#assets.announce(),
    };
  }

  #states(context: PartitionsContext): PartitionStates {
    return new PartitionStates(this.#store, this.project.graph, this.#registered, context);
  }

  #asset(name: string): RegisteredAsset {
    return requireAsset(this.#registered, name);
  }

  #dynamic(): DynamicEnvironment {
    return {
      store: this.#store,
      registered: this.#registered,
      context: () => this.#context(),
    };
  }

  #parts(): RetryEnvironment {
    return { store: this.#store, graph: this.project.graph, registered: this.#registered };
  }

  async #context(): Promise<PartitionsContext> {
    await this.#assets.refresh();
    return planContext(this.#store, this.#registered, { plannedMs: this.#now() });
  }
}

/** The rate over the last ten seconds of watching, in place of the average since the beginning. */
function withRate(
  detail: BackfillDetail,
  samples: { readonly atMs: number; readonly settled: number }[],
  nowMs: number,
): BackfillDetail {
  const { counts } = detail;
  const settled = counts.succeeded + counts.failed + counts.skipped;
  samples.push({ atMs: nowMs, settled });
  while (samples.length > 2 && nowMs - (samples[0]?.atMs ?? nowMs) > 10_000) samples.shift();
  const [oldest] = samples;
  if (oldest === undefined || nowMs - oldest.atMs < 1_000) return detail;
  const perSecond = ((settled - oldest.settled) * 1_000) / (nowMs - oldest.atMs);
  const { remainingMs: _, ...rest } = detail;
  const left = counts.waiting + counts.queued + counts.inProgress;
  return {
    ...rest,
    perSecond,
    ...(left > 0 && perSecond > 0 ? { remainingMs: (left / perSecond) * 1_000 } : {}),
  };
}
