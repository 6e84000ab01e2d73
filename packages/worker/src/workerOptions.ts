import type { Project } from "@infill/core";
import type { Logger } from "@infill/state";
import { z } from "zod";

/** Checks what a caller may set, and fills in the defaults. */
export const workerOptionsSchema = z.strictObject({
  /** Partitions of each pool that this process materializes at a time. */
  concurrency: z.int().min(1).max(512).default(4),
  /** Pools it serves; left out: all of the project. */
  pools: z.array(z.string()).min(1).optional(),
  /** How long its claims outlive it, in milliseconds. A third of this passes between heartbeats. */
  leaseMs: z.int().min(1_000).max(600_000).default(30_000),
  /** How long a partition that is told to stop may still run, in milliseconds. */
  graceMs: z.int().min(0).max(3_600_000).default(10_000),
  /** Starts at which the process died before a partition is given up. */
  maxProcessDeaths: z.int().min(1).max(100).default(2),
});

/** What a caller writes: defaults may be left out. */
export type WorkerOptions = z.input<typeof workerOptionsSchema> & {
  readonly project: Project;
  readonly redisUrl: string;
  readonly log?: Logger;
};

/** What the code reads: every field present. */
export type ResolvedWorkerOptions = z.output<typeof workerOptionsSchema>;

/** A worker that runs in this process. */
export interface RunningWorker {
  readonly id: string;
  /**
   * Drains: takes no further job, lets running partitions end for `graceMs` (left out: the worker's own), then tells
   * them to stop and gives them back, so that they start elsewhere.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}
