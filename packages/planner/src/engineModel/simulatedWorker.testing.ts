import { type PartitionJob, partitionJobSchema, type Project } from "@infill/core";
import type { WorkerEntry } from "@infill/state";
import type { Job, Worker } from "bullmq";
import type { ModelPartition } from "./modelPartitions.testing.ts";

/** A worker's job, and what to do with it when its partitions are done. */
export interface HeldJob {
  readonly pool: string;
  readonly job: Job;
  readonly data: PartitionJob;
  /** BullMQ's token of this worker's lock. */
  readonly token: string;
  /** Open claims of the job. */
  open: number;
  again: "no" | "later" | "at once";
  /** Whether BullMQ may have given it to another worker. */
  isLockLost: boolean;
}

/** A claim, as its worker knows it. */
export interface HeldClaim {
  readonly partition: ModelPartition;
  readonly backfillId: string;
  readonly claimNumber: number;
  readonly attempt: number;
  readonly deaths: number;
  readonly held: HeldJob;
}

/** A worker process whose functions end when the history decides. */
export class SimulatedWorker {
  readonly id: string;
  readonly session: string;
  readonly slots: number;
  readonly jobs = new Set<HeldJob>();
  claims: HeldClaim[] = [];
  isDead = false;
  #nextClaim = 1;
  #nextToken = 1;

  constructor(id: string, slots: number) {
    this.id = id;
    this.session = `session-${id}`;
    this.slots = slots;
  }

  /** Free slots of a pool. */
  free(pool: string): number {
    return this.slots - [...this.jobs].filter((held) => held.pool === pool).length;
  }

  claimNumber(): number {
    return this.#nextClaim++;
  }

  /** Takes the next job of a pool, in BullMQ's order. */
  async take(pool: string, bull: Worker): Promise<HeldJob | undefined> {
    const token = `${this.id}-${this.#nextToken++}`;
    const job = await bull.getNextJob(token, { block: false });
    if (job === undefined || job === null) return undefined;
    const data = partitionJobSchema.parse(job.data);
    const held: HeldJob = { pool, job, data, token, open: 0, again: "no", isLockLost: false };
    this.jobs.add(held);
    return held;
  }

  /** A claim of a job has ended; after the last one the job is finished or delayed. */
  async ended({ held }: HeldClaim): Promise<void> {
    held.open--;
    if (held.open === 0) await this.finish(held);
  }

  async finish(held: HeldJob): Promise<void> {
    this.jobs.delete(held);
    const { job, token } = held;
    try {
      if (held.again === "at once") await job.moveToWait(token);
      // The history, not the clock, ends a backoff.
      else if (held.again === "later") await job.moveToDelayed(Date.now() + 86_400_000, token);
      else await job.moveToCompleted("", token, false);
    } catch (error) {
      // Another worker has the job now, or has finished it.
      if (!held.isLockLost) throw error;
    }
  }

  /** Its entry in the registry. */
  entry(project: Project): WorkerEntry {
    return {
      id: this.id,
      host: "model",
      pid: 1,
      version: "0",
      pools: Object.fromEntries(Array.from(project.pools.keys(), (pool) => [pool, this.slots])),
      state: "running",
      startedMs: 0,
    };
  }
}
