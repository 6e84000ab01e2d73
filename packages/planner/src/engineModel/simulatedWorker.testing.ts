import { type PartitionJob, partitionJobSchema, type Project } from "@infill/core";
import type { RegisteredWorker } from "@infill/state";
import type { Job, Worker } from "bullmq";
import type { ModelPartition } from "./modelPartitions.testing.ts";

/** A job that a worker has, and what has to become of it when its partitions are done. */
export interface HeldJob {
  readonly pool: string;
  readonly job: Job;
  readonly data: PartitionJob;
  /** BullMQ's proof that it is this worker's. */
  readonly token: string;
  /** Claims under it that have not ended. */
  open: number;
  again: "no" | "later" | "at once";
  /** Whether BullMQ may have given it to somebody else. */
  isLockLost: boolean;
}

/** A claim that a worker has, as far as it knows. */
export interface HeldClaim {
  readonly partition: ModelPartition;
  readonly backfillId: string;
  readonly claimNumber: number;
  readonly attempt: number;
  readonly deaths: number;
  readonly held: HeldJob;
}

/** A worker process whose functions run as long as the history wants. */
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

  /** Slots of a pool in which nothing runs. */
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

  /** A claim under a job has ended; with the last one the job goes where it has to. */
  async ended({ held }: HeldClaim): Promise<void> {
    held.open--;
    if (held.open === 0) await this.finish(held);
  }

  async finish(held: HeldJob): Promise<void> {
    this.jobs.delete(held);
    const { job, token } = held;
    try {
      if (held.again === "at once") await job.moveToWait(token);
      // The history says when a backoff is over, not the clock.
      else if (held.again === "later") await job.moveToDelayed(Date.now() + 86_400_000, token);
      else await job.moveToCompleted("", token, false);
    } catch (error) {
      // Somebody else has the job by now, or has finished it.
      if (!held.isLockLost) throw error;
    }
  }

  /** What the planner reads of it. */
  entry(project: Project): RegisteredWorker {
    return {
      id: this.id,
      host: "model",
      pid: 1,
      version: "0",
      pools: Object.fromEntries(Array.from(project.pools.keys(), (pool) => [pool, this.slots])),
      state: "running",
      startedMs: 0,
      isAlive: !this.isDead,
      overdueMs: this.isDead ? 1_000 : -1_000,
    };
  }
}
