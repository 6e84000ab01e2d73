import { type AssetScopes, backfillScope, type PartitionAddress } from "@infill/state";
import type { AssetProgress } from "../progress/assetProgress.ts";

/** Partitions that one call reserves, drops or reads. */
export const jobsPerPage = 1_000;

/** A job that is in Redis as far as this planner knows. */
export interface KnownJob {
  readonly id: string;
  readonly pool: string;
  /** Whether it runs before the jobs of backfills. */
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

/** How many jobs one backfill has in one pool. */
export interface JobCounts {
  readonly all: number;
  /** How many of these wait for a partition's next attempt. */
  readonly delayed: number;
  /** How many of these run before the jobs of backfills. */
  readonly first: number;
}

const noJobs: JobCounts = { all: 0, delayed: 0, first: 0 };

/**
 * One backfill's jobs in Redis, as far as its planner knows, and the partitions that they cover.
 */
export class JobIndex {
  readonly #scopes: ReadonlyMap<string, AssetScopes>;
  readonly #ownScope: readonly string[];
  /** The job of each queued partition, by asset and lane and then by ordinal. */
  readonly #jobOf = new Map<string, Map<number, KnownJob>>();
  readonly #countsByPool = new Map<string, JobCounts>();
  readonly #jobsByScope = new Map<string, number>();
  /** Settled jobs not yet removed from Redis, by pool. */
  readonly #leaving = new Map<string, Set<string>>();

  /** @param scopes of each asset, by name */
  constructor(backfillId: string, scopes: ReadonlyMap<string, AssetScopes>) {
    this.#scopes = scopes;
    this.#ownScope = [backfillScope(backfillId)];
  }

  /** Jobs of this backfill in one pool that have an unsettled partition. */
  counts(pool: string): JobCounts {
    return this.#countsByPool.get(pool) ?? noJobs;
  }

  /**
   * The number of such jobs in one capped scope, without those that wait for a next attempt: these
   * hold no permit.
   */
  inScope(scope: string): number {
    return this.#jobsByScope.get(scope) ?? 0;
  }

  /** Settled jobs in a pool that may still be in Redis. */
  leaving(pool: string): number {
    return this.#leaving.get(pool)?.size ?? 0;
  }

  /** The ids of these jobs by pool. A caller that sees that one is gone removes its id. */
  get leavingByPool(): ReadonlyMap<string, Set<string>> {
    return this.#leaving;
  }

  /** All jobs that may be in Redis, in all pools. */
  total(): number {
    let total = 0;
    for (const ids of this.#leaving.values()) total += ids.size;
    for (const { all } of this.#countsByPool.values()) total += all;
    return total;
  }

  /** Forgets all jobs. */
  clear(): void {
    this.#jobOf.clear();
    this.#countsByPool.clear();
    this.#jobsByScope.clear();
    this.#leaving.clear();
  }

  /** The id of the job that covers a partition; undefined if none is known. */
  idOf(asset: AssetProgress, lane: string, ordinal: number): string | undefined {
    return this.#laneOf(asset, lane)?.get(ordinal)?.id;
  }

  /** Records that partitions have settled. */
  settled(asset: AssetProgress, lane: string, ordinals: readonly number[]): void {
    const jobs = this.#laneOf(asset, lane);
    if (jobs === undefined) return;
    for (const ordinal of ordinals) this.#forget(jobs, ordinal);
    if (jobs.size === 0) this.#jobOf.delete(laneKey(asset, lane));
  }

  /** Records that partitions wait for their next attempt: until then their jobs need no slot. */
  delayed(asset: AssetProgress, lane: string, ordinals: readonly number[]): void {
    const jobs = this.#laneOf(asset, lane);
    for (const ordinal of ordinals) {
      const job = jobs?.get(ordinal);
      if (job !== undefined) this.#setDelayed(job, true);
    }
  }

  /**
   * Names a partition's lane, if a job of this asset has to lie in one lane, because keys of a
   * dimension are capped.
   */
  laneKeys(asset: AssetProgress): ((address: PartitionAddress) => string) | undefined {
    if (this.#scopes.get(asset.name)?.hasValues !== true) return undefined;
    const { ordinals } = asset.registered;
    return (address) => ordinals.laneKeyOf(address);
  }

  #laneOf(asset: AssetProgress, lane: string): Map<number, KnownJob> | undefined {
    return this.#jobOf.get(laneKey(asset, lane));
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

  #scopesOf(asset: AssetProgress, partitions: readonly PartitionAddress[]): readonly string[] {
    const capped = this.#scopes.get(asset.name);
    if (capped === undefined || (capped.shared.length === 0 && !capped.hasValues))
      return this.#ownScope;
    const scopes = new Set(this.#ownScope);
    for (const partition of partitions)
      for (const { scope } of capped.at(partition)) scopes.add(scope);
    return [...scopes];
  }

  /** Records a job. Its partitions no longer count for another job that covered them. */
  note(
    asset: AssetProgress,
    id: string,
    partitions: readonly PartitionAddress[],
    isFirst: boolean,
    isDelayed: boolean,
  ): KnownJob {
    const job: KnownJob = {
      id,
      pool: asset.pool,
      isFirst,
      left: 0,
      isDelayed: false,
      scopes: this.#scopesOf(asset, partitions),
      isCounted: false,
    };
    let laneOfJobs: string | undefined;
    let jobs = new Map<number, KnownJob>();
    for (const { lane, ordinal } of partitions) {
      if (laneOfJobs !== lane) {
        laneOfJobs = lane;
        jobs = this.#laneOf(asset, lane) ?? new Map<number, KnownJob>();
        this.#jobOf.set(laneKey(asset, lane), jobs);
      }
      this.#forget(jobs, ordinal);
      jobs.set(ordinal, job);
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

  #forget(jobs: Map<number, KnownJob>, ordinal: number): void {
    const job = jobs.get(ordinal);
    if (job === undefined) return;
    jobs.delete(ordinal);
    job.left--;
    // One of its partitions has ended, so the job is not delayed.
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
}

function laneKey(asset: AssetProgress, lane: string): string {
  return `${asset.name} ${lane}`;
}
