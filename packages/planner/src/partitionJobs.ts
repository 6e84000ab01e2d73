import type { PartitionJob } from "@infill/core";
import {
  hasInteger,
  integersFromSorted,
  noIntegers,
  partitionKeyAt,
  type PartitionsContext,
} from "@infill/partitions";
import {
  type AssetScopes,
  type BackfillRecord,
  backfillScope,
  mendJob,
  readClaims,
  readLedgerPlane,
  type StateStore,
  turns,
} from "@infill/state";
import type { AssetProgress } from "./assetProgress.ts";
import type { PoolQueues } from "./poolQueues.ts";

/** Partitions that are reserved, dropped or looked at by one call. */
export const jobsPerPage = 1_000;
/** Jobs added by one call of BullMQ's bulk add, which makes them all in one turn of the event loop. */
const jobsPerCall = 200;

/** A request's priority grows with its urgency, from -100 to 100; BullMQ's falls, and begins at 1. */
const mostUrgent = 101;
/** What this is added to goes after everything that goes first, whatever its priority. */
const afterFirst = 1_000;

/** A partition of one asset, by lane and ordinal. */
export interface JobPartition {
  readonly lane: string;
  readonly ordinal: number;
}

/** A job that is in Redis as far as this planner knows. */
interface KnownJob {
  readonly id: string;
  readonly pool: string;
  /** Whether it goes before the jobs of backfills. */
  readonly isFirst: boolean;
  /** Its partitions that have not settled. */
  left: number;
  /** Whether it waits for the next attempt at one of them. */
  isDelayed: boolean;
  /** The scopes in which it may run a partition. */
  readonly scopes: readonly string[];
  /** Whether it counts in its scopes: it runs a partition or may start one. */
  isCounted: boolean;
}

/** Jobs of one backfill in one pool. */
export interface JobCounts {
  readonly all: number;
  /** Of these, how many wait for a partition's next attempt. */
  readonly delayed: number;
  /** Of these, how many go before the jobs of backfills. */
  readonly first: number;
}

const noJobs: JobCounts = { all: 0, delayed: 0, first: 0 };

/**
 * The jobs of one backfill. A job covers a run of neighbors in one lane, most often of length one. The same run always
 * has the same id, so that adding it again does nothing while it is there.
 */
export class PartitionJobs {
  readonly #store: StateStore;
  readonly #queues: PoolQueues;
  readonly #record: Pick<BackfillRecord, "id" | "header">;
  readonly #scopes: ReadonlyMap<string, AssetScopes>;
  readonly #ownScope: readonly string[];
  readonly #assetIndex: ReadonlyMap<string, number>;
  /** The job of each queued partition, by `asset lane ordinal`. */
  readonly #jobOf = new Map<string, KnownJob>();
  #context: PartitionsContext;
  readonly #countsByPool = new Map<string, JobCounts>();
  readonly #jobsByScope = new Map<string, number>();
  /** By pool the jobs of which nothing is in the window any more, and which may still be in Redis. */
  readonly #leaving = new Map<string, Set<string>>();

  /** @param scopes of each asset, by name */
  constructor(
    store: StateStore,
    queues: PoolQueues,
    record: BackfillRecord,
    scopes: ReadonlyMap<string, AssetScopes>,
  ) {
    this.#store = store;
    this.#queues = queues;
    this.#record = record;
    this.#context = { nowMs: record.header.plannedMs };
    this.#scopes = scopes;
    this.#ownScope = [backfillScope(record.id)];
    this.#assetIndex = new Map(record.header.assets.map((name, index) => [name, index]));
  }

  /** Jobs of this backfill in one pool that have a partition which has not settled. */
  counts(pool: string): JobCounts {
    return this.#countsByPool.get(pool) ?? noJobs;
  }

  /** The same in one capped scope, without jobs that wait for a next attempt: these hold no permit. */
  inScope(scope: string): number {
    return this.#jobsByScope.get(scope) ?? 0;
  }

  /** Jobs in a pool that may still be in Redis though all of their partitions have settled. */
  leaving(pool: string): number {
    return this.#leaving.get(pool)?.size ?? 0;
  }

  /** All jobs that may be in Redis, in all pools. */
  total(): number {
    let total = 0;
    for (const ids of this.#leaving.values()) total += ids.size;
    for (const { all } of this.#countsByPool.values()) total += all;
    return total;
  }

  /** Forgets those leaving jobs that are gone. A worker removes a job a moment after the last settlement under it. */
  async lookAtLeaving(): Promise<void> {
    for (const [pool, ids] of this.#leaving) {
      if (ids.size === 0) continue;
      const existing = await this.#queues.existing(pool, [...ids]);
      for (const id of ids) if (!existing.has(id)) ids.delete(id);
    }
  }

  /**
   * Forgets all jobs, and learns from the queues which there are.
   *
   * @param context what existed when the backfill was planned
   */
  async load(
    assets: ReadonlyMap<string, AssetProgress>,
    context: PartitionsContext,
  ): Promise<void> {
    this.#context = context;
    this.#jobOf.clear();
    this.#countsByPool.clear();
    this.#jobsByScope.clear();
    this.#leaving.clear();
    // Of a backfill that has not begun there are no jobs, and looking for them costs as much as the pool holds.
    if (Array.from(assets.values()).every(hasNotBegun)) return;
    for (const pool of new Set(Array.from(assets.values(), (asset) => asset.pool))) {
      const found: KnownJob[] = [];
      for (const { id, data, priority, isDelayed } of await this.#queues.jobsOf(
        pool,
        this.#record.id,
      )) {
        const asset = assets.get(data.a);
        const lane = asset?.lane(data.l);
        if (asset === undefined || lane === undefined) continue;
        const ordinals = runOf(data.o, data.n).filter((ordinal) => {
          const position = asset.registered.ordinals.positionAt(ordinal);
          return position !== undefined && lane.queued.has(position);
        });
        found.push(this.#note(asset, id, data.l, ordinals, priority <= afterFirst, isDelayed));
      }
      // Jobs of which nothing is in the window any more, or that others cover, would fill it beside those that count.
      const idle = found.filter(({ left }) => left === 0);
      if (idle.length > 0)
        await this.#queues.remove(
          pool,
          idle.map(({ id }) => id),
        );
    }
  }

  /**
   * Adds jobs for partitions.
   *
   * @param mostPerJob the longest run of neighbors that one job may cover
   * @param order priority of the request, and whether the jobs go before those of backfills; and whether a job may reach
   * over partitions that are not among these, whose claims will be refused: so that pieces of what was one job are one again
   */
  async add(
    asset: AssetProgress,
    partitions: readonly JobPartition[],
    mostPerJob: number,
    order: {
      readonly priority: number;
      readonly isFirst: boolean;
      readonly spansGaps?: boolean;
    },
  ): Promise<void> {
    const runs = runsOf(partitions, mostPerJob, order.spansGaps === true);
    const priority = mostUrgent - order.priority + (order.isFirst ? 0 : afterFirst);
    const adding: Promise<void>[] = [];
    for (let first = 0; first < runs.length; first += jobsPerCall) {
      await turns.next();
      const page = runs.slice(first, first + jobsPerCall);
      const jobs = page.map((run) => this.#jobOfRun(asset, run));
      for (const [at, { lane, ordinals }] of page.entries()) {
        this.#note(asset, jobs[at]?.id ?? "", lane, ordinals, order.isFirst, false);
      }
      const added = this.#queues.add(asset.pool, jobs, priority);
      // A failure is thrown below, where all pages are waited for.
      added.catch(() => {});
      adding.push(added);
    }
    await Promise.all(adding);
  }

  /** Takes note that partitions have settled. */
  settled(asset: AssetProgress, lane: string, ordinals: readonly number[]): void {
    for (const ordinal of ordinals) this.#forget(`${asset.name} ${lane} ${ordinal}`);
  }

  /** Takes note that partitions wait for their next attempt: their jobs keep no slot busy until then. */
  delayed(asset: AssetProgress, lane: string, ordinals: readonly number[]): void {
    for (const ordinal of ordinals) {
      const job = this.#jobOf.get(`${asset.name} ${lane} ${ordinal}`);
      if (job !== undefined) this.#setDelayed(job, true);
    }
  }

  #setDelayed(job: KnownJob, isDelayed: boolean): void {
    if (job.isDelayed === isDelayed) return;
    job.isDelayed = isDelayed;
    this.#count(job.pool, { all: 0, delayed: isDelayed ? 1 : -1, first: 0 });
    this.#countInScopes(job);
  }

  #countInScopes(job: KnownJob): void {
    const isCounted = job.left > 0 && !job.isDelayed;
    if (isCounted === job.isCounted) return;
    job.isCounted = isCounted;
    for (const scope of job.scopes) {
      const jobs = this.inScope(scope) + (isCounted ? 1 : -1);
      if (jobs === 0) this.#jobsByScope.delete(scope);
      else this.#jobsByScope.set(scope, jobs);
    }
  }

  #scopesOf(asset: AssetProgress, lane: string, ordinals: readonly number[]): readonly string[] {
    const capped = this.#scopes.get(asset.name);
    if (capped === undefined || (capped.shared.length === 0 && !capped.hasValues))
      return this.#ownScope;
    const scopes = new Set(this.#ownScope);
    for (const ordinal of ordinals)
      for (const { scope } of capped.at({ lane, ordinal })) scopes.add(scope);
    return [...scopes];
  }

  /**
   * Those partitions of a lane that are in the window and have neither a job nor a running claim. The ledger is read last: a
   * job is removed after its partitions have settled, so what is in the window still has no job because that was lost, and
   * not because this planner has yet to hear of a settlement.
   */
  async missing(
    asset: AssetProgress,
    lane: string,
    ordinals: readonly number[],
  ): Promise<number[]> {
    const missing: number[] = [];
    for (let first = 0; first < ordinals.length; first += jobsPerPage) {
      const page = ordinals.slice(first, first + jobsPerPage);
      const ids = page.map((ordinal) => this.#jobOf.get(`${asset.name} ${lane} ${ordinal}`)?.id);
      const known = new Set(ids.filter((id) => id !== undefined));
      const existing = await this.#queues.existing(asset.pool, [...known]);
      const absent = page.filter((_, at) => !existing.has(ids[at] ?? ""));
      const addresses = absent.map((ordinal) => ({ lane, ordinal }));
      const claims = await readClaims(this.#store, asset.name, addresses);
      missing.push(...absent.filter((_, at) => claims[at]?.state !== "running"));
    }
    return this.#inWindow(asset.name, lane, missing);
  }

  /** Those partitions of a lane that the ledger has in the window now. */
  async #inWindow(asset: string, lane: string, ordinals: readonly number[]): Promise<number[]> {
    if (ordinals.length === 0) return [];
    const places = [{ lane, ordinals: integersFromSorted(ordinals.toSorted((a, b) => a - b)) }];
    const queued = await readLedgerPlane(this.#store, asset, this.#record.id, "queued", places);
    const bits = queued.find((found) => found.lane === lane)?.ordinals ?? noIntegers;
    return ordinals.filter((ordinal) => hasInteger(bits, ordinal));
  }

  /**
   * Removes what is left of jobs that no list of their queue names, so that no worker ever gets them, and none of their
   * names can be added: somebody has deleted a list. Which these are is judged and done at one instant.
   *
   * @returns how many jobs were removed
   */
  async removeStray(
    asset: AssetProgress,
    lane: string,
    ordinals: readonly number[],
  ): Promise<number> {
    let removed = 0;
    for (let first = 0; first < ordinals.length; first += jobsPerPage) {
      const idOf = new Map<number, string>();
      for (const ordinal of ordinals.slice(first, first + jobsPerPage)) {
        const job = this.#jobOf.get(`${asset.name} ${lane} ${ordinal}`);
        if (job !== undefined) idOf.set(ordinal, job.id);
      }
      const doubtful = new Set(
        await this.#queues.notWaiting(asset.pool, [...new Set(idOf.values())]),
      );
      if (doubtful.size === 0) continue;
      // Nearly all of these are with workers, as running claims tell.
      const held = [...idOf].filter(([, id]) => doubtful.has(id));
      const places = held.map(([ordinal]) => ({ lane, ordinal }));
      const claims = await readClaims(this.#store, asset.name, places);
      for (const [at, [, id]] of held.entries())
        if (claims[at]?.state === "running") doubtful.delete(id);
      for (const id of doubtful) removed += await mendJob(this.#store, asset.pool, id);
    }
    return removed;
  }

  /** Removes the jobs of partitions that no worker has. */
  async remove(asset: AssetProgress, lane: string, ordinals: readonly number[]): Promise<void> {
    const ids = ordinals.map((ordinal) => this.#jobOf.get(`${asset.name} ${lane} ${ordinal}`)?.id);
    await this.#queues.remove(asset.pool, [...new Set(ids.filter((id) => id !== undefined))]);
    this.settled(asset, lane, ordinals);
  }

  #note(
    asset: AssetProgress,
    id: string,
    lane: string,
    ordinals: readonly number[],
    isFirst: boolean,
    isDelayed: boolean,
  ): KnownJob {
    const job: KnownJob = {
      id,
      pool: asset.pool,
      isFirst,
      left: 0,
      isDelayed: false,
      scopes: this.#scopesOf(asset, lane, ordinals),
      isCounted: false,
    };
    for (const ordinal of ordinals) {
      const name = `${asset.name} ${lane} ${ordinal}`;
      this.#forget(name);
      this.#jobOf.set(name, job);
      job.left++;
    }
    if (job.left === 0) {
      this.#leave(job);
      return job;
    }
    this.#leaving.get(job.pool)?.delete(id);
    this.#count(job.pool, { all: 1, delayed: 0, first: isFirst ? 1 : 0 });
    this.#countInScopes(job);
    this.#setDelayed(job, isDelayed);
    return job;
  }

  #forget(name: string): void {
    const job = this.#jobOf.get(name);
    if (job === undefined) return;
    this.#jobOf.delete(name);
    job.left--;
    // One of its partitions has ended, so it runs.
    this.#setDelayed(job, false);
    if (job.left > 0) return;
    this.#count(job.pool, { all: -1, delayed: 0, first: job.isFirst ? -1 : 0 });
    this.#countInScopes(job);
    this.#leave(job);
  }

  #leave({ pool, id }: KnownJob): void {
    const ids = this.#leaving.get(pool);
    if (ids === undefined) this.#leaving.set(pool, new Set([id]));
    else ids.add(id);
  }

  #count(pool: string, change: JobCounts): void {
    const { all, delayed, first } = this.counts(pool);
    this.#countsByPool.set(pool, {
      all: all + change.all,
      delayed: delayed + change.delayed,
      first: first + change.first,
    });
  }

  #jobOfRun(asset: AssetProgress, { lane, ordinals }: Run): { id: string; data: PartitionJob } {
    const { header, id } = this.#record;
    const [first = 0] = ordinals;
    const length = (ordinals.at(-1) ?? first) - first + 1;
    const coordinates = asset.registered.ordinals.coordinatesOf({ lane, ordinal: first });
    if (coordinates === undefined)
      throw new Error("Bug: a job for a partition that is not defined");
    const { retry } = header.request;
    const index = (this.#assetIndex.get(asset.name) ?? 0).toString(36);
    const many = length === 1 ? "" : `-${length}`;
    return {
      // BullMQ refuses `:` and all-digit ids.
      id: `${id}-${index}-${lane}-${first.toString(36)}${many}`,
      data: {
        v: 1,
        b: id,
        a: asset.name,
        l: lane,
        o: first,
        n: length,
        k: partitionKeyAt(asset.registered.asset.partitions, coordinates, this.#context),
        t: header.plannedMs,
        ...(header.dynamic === undefined ? {} : { d: header.dynamic }),
        ...(retry === undefined ? {} : { r: retry }),
      },
    };
  }
}

/** Partitions of one lane that share a job, ascending. */
interface Run {
  readonly lane: string;
  readonly ordinals: number[];
}

/**
 * Joins partitions that are neighbors, in whatever order they come, to runs that reach over at most `most`.
 *
 * @param spansGaps whether what lies that close together is joined, too
 */
function runsOf(partitions: readonly JobPartition[], most: number, spansGaps: boolean): Run[] {
  if (most === 1) return partitions.map(({ lane, ordinal }) => ({ lane, ordinals: [ordinal] }));
  const runs: Run[] = [];
  const lanes = new Map<string, number[]>();
  for (const { lane, ordinal } of partitions) {
    const members = lanes.get(lane);
    if (members === undefined) lanes.set(lane, [ordinal]);
    else members.push(ordinal);
  }
  for (const [lane, ordinals] of lanes) {
    let run: Run | undefined;
    for (const ordinal of ordinals.sort((a, b) => a - b)) {
      const [first = ordinal] = run?.ordinals ?? [];
      const isNext = spansGaps || ordinal === (run?.ordinals.at(-1) ?? ordinal) + 1;
      if (run !== undefined && isNext && ordinal - first < most) run.ordinals.push(ordinal);
      else runs.push((run = { lane, ordinals: [ordinal] }));
    }
  }
  return runs;
}

function runOf(first: number, length: number): number[] {
  return Array.from({ length }, (_, index) => first + index);
}

/** Whether no partition of an asset was ever in the window. */
function hasNotBegun(asset: AssetProgress): boolean {
  if (asset.reopened > 0) return false;
  for (const lane of asset.lanes())
    if (lane.queued.count > 0 || lane.unsettled.count < lane.selectedCount) return false;
  return true;
}
