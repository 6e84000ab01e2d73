import { type Project, versionsOf } from "@infill/core";
import { InfillError } from "@infill/partitions";
import {
  activeBackfills,
  type ClaimEntry,
  type PartitionAddress,
  readPlanners,
  readWorkers,
  type RegisteredAsset,
  type RegisteredPlanner,
  type RegisteredWorker,
  runningClaims,
  type StateStore,
} from "@infill/state";
import { planContext } from "@infill/planning";
import type { RunningPartition } from "../partitions/partitionAnswers.ts";
import { attemptOf } from "../partitions/partitionDetails.ts";
import type {
  PlannerSummary,
  ProcessSummary,
  WorkerDetail,
  WorkerSummary,
} from "./processAnswers.ts";
import { newestOf, olderProjects } from "./olderProjects.ts";

/** No worker in the registry has this id, or several begin with it. */
export class UnknownWorkerError extends InfillError {
  readonly code = "INFILL_WORKER_UNKNOWN";
  readonly workerId: string;

  /** @param matching ids that begin with the text */
  constructor(workerId: string, matching: readonly string[]) {
    const named = JSON.stringify(workerId.slice(0, 80));
    super(
      matching.length > 1
        ? `${named} begins ${matching.length} worker ids: ${matching.slice(0, 5).join(", ")}. Write more characters of it.`
        : `Unknown worker ${named}: \`infill worker list\` shows running workers and those lost within the last hour.`,
    );
    this.workerId = workerId;
  }
}

/** Assets whose claims are read at once. */
const assetsAtOnce = 32;
/** Most running partitions that are listed of one worker. */
const shownPartitions = 50;

interface Found {
  readonly registered: RegisteredAsset;
  readonly address: PartitionAddress;
  readonly claim: ClaimEntry;
}

/**
 * All workers that are alive or were lost within the last hour, by id. Reads the claims of every
 * asset: as many as there are slots, plus those that wait for their next attempt.
 */
export async function listWorkers(
  store: StateStore,
  project: Project,
  registered: ReadonlyMap<string, RegisteredAsset>,
): Promise<WorkerSummary[]> {
  const workers = await readWorkers(store);
  const older = await olderOf(store, project, workers);
  const running = new Map<string, number>();
  if (workers.length > 0)
    await eachClaim(store, registered, ({ claim: { session } }) =>
      running.set(session, (running.get(session) ?? 0) + 1),
    );
  return workers
    .map((worker) => workerSummary(worker, running.get(worker.id) ?? 0, older))
    .toSorted(byId);
}

/**
 * One worker with its running partitions.
 *
 * @param idOrPrefix its id, or a beginning that only its id has
 * @throws UnknownWorkerError
 */
export async function describeWorker(
  store: StateStore,
  project: Project,
  registered: ReadonlyMap<string, RegisteredAsset>,
  idOrPrefix: string,
  nowMs: number,
): Promise<WorkerDetail> {
  const workers = await readWorkers(store);
  const matching = workers.filter(({ id }) => id.startsWith(idOrPrefix));
  const worker =
    workers.find(({ id }) => id === idOrPrefix) ??
    (matching.length === 1 && idOrPrefix !== "" ? matching[0] : undefined);
  if (worker === undefined)
    throw new UnknownWorkerError(
      idOrPrefix,
      matching.map(({ id }) => id),
    );
  const found: Found[] = [];
  await eachClaim(store, registered, (each) => {
    if (each.claim.session === worker.id) found.push(each);
  });
  const older = await olderOf(store, project, [worker]);
  return {
    ...workerSummary(worker, found.length, older),
    partitions: await partitionsOf(store, registered, found, nowMs),
  };
}

/** All planners that are alive or were lost within the last hour, by id. */
export async function listPlanners(store: StateStore, project: Project): Promise<PlannerSummary[]> {
  const planners = await readPlanners(store);
  const older = await olderOf(store, project, planners);
  const backfills = planners.length === 0 ? new Map<string, number>() : await heldBackfills(store);
  return planners
    .map((planner) => ({
      ...processSummary(planner, "running", older),
      backfills: backfills.get(planner.id) ?? 0,
    }))
    .toSorted(byId);
}

/** How many backfills each planner holds. */
async function heldBackfills(store: StateStore): Promise<Map<string, number>> {
  const { redis, keys } = store;
  const held = new Map<string, number>();
  const ids = await activeBackfills(store);
  for (let first = 0; first < ids.length; first += 500) {
    const page = ids.slice(first, first + 500).map((id) => keys.backfillLease(id));
    for (const owner of await redis.mget(page))
      if (owner !== null) held.set(owner, (held.get(owner) ?? 0) + 1);
  }
  return held;
}

async function olderOf(
  store: StateStore,
  project: Project,
  processes: readonly { readonly project?: string | undefined }[],
): Promise<ReadonlySet<string>> {
  const fingerprints = processes.flatMap(({ project: own }) => (own === undefined ? [] : [own]));
  if (fingerprints.length === 0) return new Set();
  return olderProjects(store, fingerprints, await newestOf(store, versionsOf(project)));
}

async function eachClaim(
  store: StateStore,
  registered: ReadonlyMap<string, RegisteredAsset>,
  see: (found: Found) => void,
): Promise<void> {
  const assets = [...registered.values()];
  for (let first = 0; first < assets.length; first += assetsAtOnce)
    await Promise.all(
      assets.slice(first, first + assetsAtOnce).map(async (each) => {
        for await (const { address, claim } of runningClaims(store, each.asset.name))
          see({ registered: each, address, claim });
      }),
    );
}

async function partitionsOf(
  store: StateStore,
  registered: ReadonlyMap<string, RegisteredAsset>,
  found: readonly Found[],
  nowMs: number,
): Promise<RunningPartition[]> {
  if (found.length === 0) return [];
  const context = await planContext(store, registered, { plannedMs: nowMs });
  // Claims that have not started are sorted last.
  const since = ({ claim: { startedMs } }: Found) => (startedMs === 0 ? Infinity : startedMs);
  return found
    .toSorted((a, b) => since(a) - since(b) || a.claim.claimNumber - b.claim.claimNumber)
    .slice(0, shownPartitions)
    .flatMap(({ registered: { asset, ordinals }, address, claim }) => {
      const key = ordinals.keyAt(address, context);
      return key === undefined ? [] : [{ asset: asset.name, key, ...attemptOf(claim) }];
    });
}

function workerSummary(
  worker: RegisteredWorker,
  running: number,
  older: ReadonlySet<string>,
): WorkerSummary {
  const { pools, state, blockedMs, isAlive } = worker;
  return {
    ...processSummary(worker, state, older),
    pools,
    slots: Object.values(pools).reduce((sum, slots) => sum + slots, 0),
    running,
    ...(blockedMs === undefined || !isAlive ? {} : { blockedMs }),
  };
}

function processSummary(
  process: RegisteredWorker | RegisteredPlanner,
  state: string,
  older: ReadonlySet<string>,
): ProcessSummary {
  const { id, host, pid, version, startedMs, leaseMs, overdueMs, isAlive, project } = process;
  return {
    ...{ id, host, pid, version },
    state: isAlive ? state : "lost",
    ...(startedMs === 0 ? {} : { startedAt: new Date(startedMs).toISOString() }),
    ...(leaseMs === undefined ? {} : { heartbeatAgeMs: Math.max(0, overdueMs + leaseMs) }),
    ...(project === undefined ? {} : { project }),
    isProjectOlder: project !== undefined && older.has(project),
  };
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}
