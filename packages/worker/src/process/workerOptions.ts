import { processOptions } from "@infill/core";
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
  /**
   * Starts at which the process died before a partition is given up as failed. Everything that ends the process counts (a
   * signal, a crash, too little memory), and so does one that stands still or is cut off until the partition starts elsewhere.
   */
  maxProcessDeaths: z.int().min(1).max(100).default(2),
  /**
   * Starts that lost their claim though the process lived (blocked for longer than `maxBlockedMs`, or without Redis for longer
   * than `leaseMs`) before a partition is given up as failed.
   */
  maxLapses: z.int().min(1).max(100).default(3),
  /**
   * For how long heartbeats go on while a function blocks the event loop, in milliseconds. After that the worker's claims are
   * no longer renewed, and its partitions start elsewhere.
   */
  maxBlockedMs: z.int().min(1_000).max(86_400_000).default(600_000),
  /**
   * Who warns of a blocked event loop: `log`, the worker's log when the loop goes on; `text` or `json`, a line on stderr while it
   * is blocked.
   */
  blockedWarnings: z.enum(["log", "text", "json"]).default("log"),
});

/** Checks everything that a worker is started with. */
export const workerStartSchema = workerOptionsSchema.extend(processOptions);

/** What a caller writes: defaults may be left out. */
export type WorkerOptions = z.input<typeof workerStartSchema>;

/** What the code reads: every field present. */
export type ResolvedWorkerOptions = z.output<typeof workerOptionsSchema>;

/** A worker that runs in this process. */
export interface RunningWorker {
  readonly id: string;
  /** The partitions that it runs now. */
  running(): readonly {
    readonly asset: string;
    readonly partition: string;
    readonly backfillId: string;
  }[];
  /**
   * Drains: takes no further job, lets running partitions end for `graceMs` (left out: the worker's own), then tells
   * them to stop and gives them back, so that they start elsewhere.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}
