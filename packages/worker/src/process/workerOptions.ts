import { processOptions } from "@infill/core";
import { z } from "zod";

/** The options of a worker, with their ranges and defaults. */
export const workerOptionsSchema = z.strictObject({
  /** Partitions of each pool that this process materializes at a time. */
  concurrency: z.int().min(1).max(512).default(4),
  /** Pools that it serves; default: all of the project. */
  pools: z.array(z.string()).min(1).optional(),
  /** How long its claims outlive it, in milliseconds. A heartbeat follows each third of this. */
  leaseMs: z.int().min(1_000).max(600_000).default(30_000),
  /** How long a stopped partition may still run, in milliseconds. */
  graceMs: z.int().min(0).max(3_600_000).default(10_000),
  /**
   * Starts at which the process died after which a partition fails. A death is any end of the
   * process (a signal, a crash, too little memory). A frozen or disconnected process counts too, if
   * the partition starts elsewhere meanwhile.
   */
  maxProcessDeaths: z.int().min(1).max(100).default(2),
  /**
   * Starts that lost their claim while the process lived after which a partition fails. A claim is
   * lost if the process is blocked for longer than `maxBlockedMs`, or has no Redis for longer than
   * `leaseMs`.
   */
  maxLapses: z.int().min(1).max(100).default(3),
  /**
   * How long heartbeats continue while a function blocks the event loop, in milliseconds. After
   * that the worker's claims are not renewed and its partitions start elsewhere.
   */
  maxBlockedMs: z.int().min(1_000).max(86_400_000).default(600_000),
  /**
   * How to warn of a blocked event loop: `log`, in the worker's log once the loop turns again;
   * `text` or `json`, a line on stderr while it is blocked.
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
   * Drains: takes no further job and lets running partitions end for `graceMs` (default: the
   * worker's own). Then stops them and gives them back, so that they start elsewhere.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}
