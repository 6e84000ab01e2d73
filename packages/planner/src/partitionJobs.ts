import type { PartitionJob } from "@infill/core";
import { partitionKeyAt } from "@infill/partitions";
import { type BackfillRecord, readClaims, type StateStore } from "@infill/state";
import type { AssetProgress } from "./assetProgress.ts";
import type { PoolQueues } from "./poolQueues.ts";

/** Jobs added by one call of BullMQ's bulk add. */
export const jobsPerPage = 1_000;

/** The jobs of one backfill: one a partition, with the same id for good, so that adding one again is always safe. */
export class PartitionJobs {
  readonly #store: StateStore;
  readonly #queues: PoolQueues;
  readonly #record: BackfillRecord;
  readonly #assetIndex: ReadonlyMap<string, number>;

  constructor(store: StateStore, queues: PoolQueues, record: BackfillRecord) {
    this.#store = store;
    this.#queues = queues;
    this.#record = record;
    this.#assetIndex = new Map(record.header.assets.map((name, index) => [name, index]));
  }

  /** BullMQ refuses `:` and all-digit ids. */
  idOf(asset: AssetProgress, lane: string, ordinal: number): string {
    const index = this.#assetIndex.get(asset.name) ?? 0;
    return `${this.#record.id}-${index.toString(36)}-${lane}-${ordinal.toString(36)}`;
  }

  /** Adds jobs; one that is there is left as it is. */
  async add(
    asset: AssetProgress,
    partitions: readonly { lane: string; ordinal: number }[],
  ): Promise<void> {
    for (let first = 0; first < partitions.length; first += jobsPerPage) {
      const page = partitions.slice(first, first + jobsPerPage);
      const jobs = page.map(({ lane, ordinal }) => this.#jobOf(asset, lane, ordinal));
      await this.#queues.add(asset.pool, jobs);
    }
  }

  /** Those partitions of a lane that have neither a job nor a running claim. */
  async missing(
    asset: AssetProgress,
    lane: string,
    ordinals: readonly number[],
  ): Promise<number[]> {
    const missing: number[] = [];
    for (let first = 0; first < ordinals.length; first += jobsPerPage) {
      const page = ordinals.slice(first, first + jobsPerPage);
      const ids = page.map((ordinal) => this.idOf(asset, lane, ordinal));
      const existing = await this.#queues.existing(asset.pool, ids);
      const absent = page.filter((_, at) => !existing.has(ids[at] ?? ""));
      const addresses = absent.map((ordinal) => ({ lane, ordinal }));
      const claims = await readClaims(this.#store, asset.name, addresses);
      missing.push(...absent.filter((_, at) => claims[at]?.state !== "running"));
    }
    return missing;
  }

  /** Removes jobs that no worker has. */
  async remove(asset: AssetProgress, lane: string, ordinals: readonly number[]): Promise<void> {
    const ids = ordinals.map((ordinal) => this.idOf(asset, lane, ordinal));
    await this.#queues.remove(asset.pool, ids);
  }

  #jobOf(asset: AssetProgress, lane: string, ordinal: number): { id: string; data: PartitionJob } {
    const { header, id } = this.#record;
    const coordinates = asset.registered.ordinals.coordinatesOf({ lane, ordinal });
    if (coordinates === undefined)
      throw new Error("Bug: a job for a partition that is not defined");
    const { retry } = header.request;
    return {
      id: this.idOf(asset, lane, ordinal),
      data: {
        v: 1,
        b: id,
        a: asset.name,
        l: lane,
        o: ordinal,
        n: 1,
        k: partitionKeyAt(asset.registered.asset.partitions, coordinates, {
          nowMs: header.plannedMs,
        }),
        t: header.plannedMs,
        ...(retry === undefined ? {} : { r: retry }),
      },
    };
  }
}
