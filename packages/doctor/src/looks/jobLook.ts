import { type PartitionJob, partitionJobSchema, isFinalStatus } from "@infill/core";
import { hasInteger, type IntegerSet, integers } from "@infill/partitions";
import {
  type BackfillRecord,
  type Census,
  type Discrepancy,
  formatAddress,
  mendJob,
  mendReservations,
  queueLists,
  queueSets,
  readClaims,
  readLedgerPlane,
  readSelected,
  type StateStore,
} from "@infill/state";
import type { PoolQueues } from "@infill/planning";

/** Jobs read in one round trip. */
const jobsPerCall = 1_000;

/** What a check of the jobs needs. */
export interface JobEnvironment {
  readonly store: StateStore;
  /** Opens the queues; only a repair needs them. */
  queues(): Promise<PoolQueues>;
  readonly pools: readonly string[];
}

interface ListedJob {
  readonly pool: string;
  readonly id: string;
  readonly isActive: boolean;
  /** Undefined if the hash is gone or unreadable. */
  readonly data: PartitionJob | undefined;
  /** Whether there is data that is no valid partition job. */
  readonly isUnreadable: boolean;
}

/** The queues, compared with the windows of the backfills that have not ended. */
export interface JobLook {
  readonly found: readonly Discrepancy[];
  readonly jobs: number;
}

/**
 * Compares jobs with reservations. Both change all the time, so only a lasting difference counts.
 */
export async function lookAtJobs(
  environment: JobEnvironment,
  records: ReadonlyMap<string, BackfillRecord>,
): Promise<JobLook> {
  const { store } = environment;
  const queued = await readQueued(store, records);
  const jobs: ListedJob[] = [];
  for (const pool of environment.pools) jobs.push(...(await listJobs(store, pool)));
  const orphans: ListedJob[] = [];
  const unreadable: ListedJob[] = [];
  for (const job of jobs) {
    if (job.isUnreadable && !job.isActive) unreadable.push(job);
    if (job.data === undefined) continue;
    const { backfillId, asset, runs } = job.data;
    let isWanted = false;
    for (const { lane, first, length } of runs) {
      const window = queued.get(laneKey(backfillId, asset, lane));
      if (window === undefined) continue;
      for (let ordinal = first; ordinal < first + length; ordinal++) {
        window.covered.add(ordinal);
        isWanted ||= hasInteger(window.ordinals, ordinal);
      }
    }
    if (!isWanted && !job.isActive) orphans.push(job);
  }
  const found = [
    ...orphans.map((job) => orphaned(environment, job, records)),
    ...unreadable.map((job) => notReadable(environment, job)),
  ];
  for (const { record, asset, lane, ordinals, covered } of queued.values()) {
    if (record.status !== "running") continue;
    const bare = Array.from(integers(ordinals)).filter((ordinal) => !covered.has(ordinal));
    for (const ordinal of await withoutClaim(store, asset, lane, bare))
      found.push({
        check: "job_missing",
        asset,
        backfillId: record.id,
        lane,
        ordinals: [ordinal],
        detail: formatAddress(lane, ordinal),
        count: 1,
        problem:
          "A partition is in a backfill's window of jobs, but has neither a job nor a running claim.",
        remedy:
          "The doctor takes it out of the window; the planner reserves it again and adds a job.",
        concernsPlanner: true,
        repair: () => mendReservations(store, asset, record.id, lane, [ordinal]),
      });
  }
  return { found, jobs: jobs.length };
}

/**
 * Finds incomplete jobs: a hash that is on no list of its queue, or an id on a list without a hash;
 * each is read at one instant.
 */
export async function lookForBrokenJobs(
  store: StateStore,
  pools: readonly string[],
  census: Census,
): Promise<Discrepancy[]> {
  const found: Discrepancy[] = [];
  for (const pool of pools) {
    const listed = new Map((await listJobs(store, pool)).map((job) => [job.id, job]));
    const hashes = census.pools.get(pool) ?? new Set<string>();
    const doubtful = [
      ...[...hashes].filter((id) => !listed.has(id)),
      ...[...listed.values()].flatMap((job) => (job.data === undefined ? [job.id] : [])),
    ];
    for (const id of doubtful) {
      const state = await jobState(store, pool, id);
      if (state === "whole") continue;
      found.push({
        check: state === "stray" ? "job_stray" : "job_lost",
        pool,
        detail: id,
        count: 1,
        problem:
          state === "stray"
            ? `The job ${id} has data but is on no list of its queue, so no worker ever gets it and no planner can add a job with its id.`
            : `The job ${id} is on a list of its queue and has no data.`,
        remedy: "The doctor removes its remains; its partitions get a job again.",
        repair: () => mendJob(store, pool, id),
      });
    }
  }
  return found;
}

interface QueuedLane {
  readonly record: BackfillRecord;
  readonly asset: string;
  readonly lane: string;
  readonly ordinals: IntegerSet;
  /** The ordinals that jobs cover. */
  readonly covered: Set<number>;
}

function laneKey(backfillId: string, asset: string, lane: string): string {
  return `${backfillId} ${asset} ${lane}`;
}

async function readQueued(
  store: StateStore,
  records: ReadonlyMap<string, BackfillRecord>,
): Promise<Map<string, QueuedLane>> {
  const queued = new Map<string, QueuedLane>();
  for (const { record, asset } of await withWindow(store, records)) {
    const selected = await readSelected(store, asset, record.id);
    const lanes = await readLedgerPlane(store, asset, record.id, "queued", selected);
    for (const { lane, ordinals } of lanes)
      queued.set(laneKey(record.id, asset, lane), {
        ...{ record, asset, lane, ordinals },
        covered: new Set(),
      });
  }
  return queued;
}

/** Ledgers whose counters one round trip reads. */
const ledgersPerCall = 512;

/** The ledgers that may have queued partitions. */
async function withWindow(
  store: StateStore,
  records: ReadonlyMap<string, BackfillRecord>,
): Promise<{ readonly record: BackfillRecord; readonly asset: string }[]> {
  // A canceled backfill may have a job until a worker takes and drops it, so its window is read
  // too.
  const ledgers = [...records.values()].flatMap((record) =>
    isFinalStatus(record.status) && record.status !== "canceled"
      ? []
      : record.header.assets.map((asset) => ({ record, asset })),
  );
  const found: typeof ledgers = [];
  for (let first = 0; first < ledgers.length; first += ledgersPerCall) {
    const page = ledgers.slice(first, first + ledgersPerCall);
    const reading = store.redis.pipeline();
    for (const { record, asset } of page)
      reading.hget(store.keys.ledger(asset, record.id), "queued");
    const counters = (await reading.exec()) ?? [];
    found.push(
      ...page.filter(
        ({ record }, at) => record.status !== "canceled" || Number(counters[at]?.[1] ?? 0) !== 0,
      ),
    );
  }
  return found;
}

/** Infill's jobs on the lists of one pool, with their data. */
async function listJobs(store: StateStore, pool: string): Promise<ListedJob[]> {
  const { redis, keys } = store;
  const queue = `${keys.poolPrefix(pool)}:${pool}`;
  const found = new Map<string, boolean>();
  for (const name of [...queueLists, ...queueSets]) {
    for (let first = 0; ; first += jobsPerCall) {
      const last = first + jobsPerCall - 1;
      const key = `${queue}:${name}`;
      const page = queueLists.some((list) => list === name)
        ? await redis.lrange(key, first, last)
        : await redis.zrange(key, String(first), String(last));
      for (const id of page) if (id.startsWith("bf_")) found.set(id, name === "active");
      if (page.length < jobsPerCall) break;
    }
  }
  const jobs: ListedJob[] = [];
  const ids = [...found.keys()];
  for (let first = 0; first < ids.length; first += jobsPerCall) {
    const page = ids.slice(first, first + jobsPerCall);
    const pipeline = redis.pipeline();
    for (const id of page) pipeline.hget(`${queue}:${id}`, "data");
    const answers = (await pipeline.exec()) ?? [];
    for (const [at, id] of page.entries())
      jobs.push({ pool, id, isActive: found.get(id) === true, ...readData(answers[at]?.[1]) });
  }
  return jobs;
}

function readData(text: unknown): Pick<ListedJob, "data" | "isUnreadable"> {
  if (typeof text !== "string") return { data: undefined, isUnreadable: false };
  let data: PartitionJob | undefined;
  try {
    data = partitionJobSchema.safeParse(JSON.parse(text)).data;
  } catch {
    // Not JSON; the answer tells so.
  }
  return { data, isUnreadable: data === undefined };
}

async function jobState(
  store: StateStore,
  pool: string,
  id: string,
): Promise<"whole" | "stray" | "lost"> {
  const { redis, keys } = store;
  const queue = `${keys.poolPrefix(pool)}:${pool}`;
  const step = redis.multi().exists(`${queue}:${id}`);
  for (const list of queueLists) step.lpos(`${queue}:${list}`, id);
  for (const set of queueSets) step.zscore(`${queue}:${set}`, id);
  const [exists, ...places] = ((await step.exec()) ?? []).map(([, answer]) => answer);
  const isListed = places.some((place) => place !== null && place !== undefined);
  if ((exists === 1) === isListed) return "whole";
  return exists === 1 ? "stray" : "lost";
}

async function withoutClaim(
  store: StateStore,
  asset: string,
  lane: string,
  ordinals: readonly number[],
): Promise<number[]> {
  const missing: number[] = [];
  for (let first = 0; first < ordinals.length; first += jobsPerCall) {
    const page = ordinals.slice(first, first + jobsPerCall);
    const claims = await readClaims(
      store,
      asset,
      page.map((ordinal) => ({ lane, ordinal })),
    );
    missing.push(...page.filter((_, at) => claims[at]?.state !== "running"));
  }
  return missing;
}

function orphaned(
  environment: JobEnvironment,
  { pool, id, data }: ListedJob,
  records: ReadonlyMap<string, BackfillRecord>,
): Discrepancy {
  const record = records.get(data?.backfillId ?? "");
  const why =
    record === undefined
      ? "a backfill that does not exist"
      : isFinalStatus(record.status)
        ? `a backfill that has ended (${record.status})`
        : "partitions that are not in the backfill's window";
  return {
    check: "job_orphaned",
    pool,
    detail: id,
    ...(data === undefined ? {} : placeOf(data)),
    count: 1,
    problem: `The job ${id} is for ${why}.`,
    remedy: "The doctor removes it unless a worker has it; a worker would drop it.",
    repair: async () => (await environment.queues()).remove(pool, [id]),
  };
}

/** The first partition of a job. */
function placeOf({ asset, backfillId, runs }: PartitionJob) {
  const [{ lane, first }] = runs;
  return { asset, backfillId, lane, ordinals: [first] };
}

function notReadable(environment: JobEnvironment, { pool, id }: ListedJob): Discrepancy {
  return {
    check: "job_unreadable",
    pool,
    detail: id,
    count: 1,
    problem: `The data of the job ${id} is not that of a partition job, or is out of bounds.`,
    remedy:
      "The doctor removes it unless a worker has it; a worker would drop it. Its partitions get a job again.",
    repair: async () => (await environment.queues()).remove(pool, [id]),
  };
}
