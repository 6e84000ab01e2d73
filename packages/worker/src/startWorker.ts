import { hostname } from "node:os";
import { InvalidOptionsError, parseOptions, type Project, UnknownPoolError } from "@infill/core";
import {
  connectionOptions,
  type Logger,
  openStateStore,
  randomId,
  registerProject,
  removeWorker,
  renewSession,
  type StateStore,
  silentLogger,
  type WorkerEntry,
  writeWorker,
} from "@infill/state";
import { Worker as BullWorker } from "bullmq";
import { Redis } from "ioredis";
import { z } from "zod";
import { PartitionProcessor } from "./partitionProcessor.ts";
import { RunningClaims } from "./runningClaims.ts";

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

/** A worker that runs in this process. */
export interface RunningWorker {
  readonly id: string;
  /**
   * Drains: takes no further job, lets running partitions end for `graceMs` (left out: the worker's own), then tells
   * them to stop and gives them back, so that they start elsewhere.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

/**
 * Starts a worker.
 *
 * @throws InvalidOptionsError, UnknownPoolError, what `openStateStore` throws, DefinitionChangedError
 */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { project, redisUrl, log = silentLogger, ...rest } = options;
  const resolved = parseOptions(workerOptionsSchema, rest, "worker options");
  const pools = resolved.pools ?? [...project.pools.keys()];
  for (const pool of pools) {
    if (!project.pools.has(pool)) throw new UnknownPoolError(pool, [...project.pools.keys()]);
  }
  if (pools.length === 0)
    throw new InvalidOptionsError(
      "worker options",
      "pools",
      "the project has no assets, so no pool",
    );
  const store = await openStateStore(redisUrl, project.namespace, "worker");
  try {
    const worker = new Worker(store, project, pools, resolved, log);
    await worker.start();
    return worker;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/**
 * A worker's states: `running` takes jobs; `draining` (from `close` on) takes none and lets what runs end. Heartbeats go
 * on in both.
 */
class Worker implements RunningWorker {
  readonly id = randomId("worker");
  readonly #store: StateStore;
  readonly #project: Project;
  readonly #pools: readonly string[];
  readonly #options: z.output<typeof workerOptionsSchema>;
  readonly #log: Logger;
  readonly #running = new RunningClaims();
  readonly #session = randomId("s");
  readonly #subscriber: Redis;
  #bulls: BullWorker[] = [];
  #heartbeat: NodeJS.Timeout | undefined;
  #beating: Promise<void> = Promise.resolve();
  #entry: WorkerEntry;
  #closed: Promise<void> | undefined;

  constructor(
    store: StateStore,
    project: Project,
    pools: readonly string[],
    options: z.output<typeof workerOptionsSchema>,
    log: Logger,
  ) {
    this.#store = store;
    this.#project = project;
    this.#pools = pools;
    this.#options = options;
    this.#log = log;
    this.#subscriber = new Redis(store.url, connectionOptions("infill:worker:control"));
    this.#subscriber.on("error", () => {});
    this.#entry = {
      id: this.id,
      host: hostname(),
      pid: process.pid,
      version: "0.1.0",
      pools: Object.fromEntries(pools.map((pool) => [pool, options.concurrency])),
      state: "running",
      startedMs: Date.now(),
    };
  }

  async start(): Promise<void> {
    const { leaseMs, graceMs, maxProcessDeaths, concurrency } = this.#options;
    const registered = await registerProject(this.#store, this.#project);
    const processor = new PartitionProcessor({
      store: this.#store,
      graph: this.#project.graph,
      registered,
      session: this.#session,
      leaseMs,
      graceMs,
      maxProcessDeaths,
      running: this.#running,
      log: this.#log,
    });
    await this.#subscriber.subscribe(this.#store.keys.controlChannel);
    this.#subscriber.on("message", (_channel, text) => {
      const [backfillId, status] = text.split(" ");
      if (status === "canceling")
        this.#running.abort("canceled", (claim) => claim.backfillId === backfillId);
    });
    await writeWorker(this.#store, this.#entry, leaseMs);
    this.#bulls = this.#pools.map((pool) => {
      const bull = new BullWorker(pool, (job, token) => processor.process(job, token), {
        connection: new Redis(this.#store.url, connectionOptions(`infill:worker:${pool}`)),
        prefix: this.#store.keys.poolPrefix(pool),
        name: this.id,
        concurrency,
        lockDuration: leaseMs,
        stalledInterval: Math.ceil(leaseMs / 3),
        // A job of a dead worker comes back however often: how many deaths are too many is the claim's to say.
        maxStalledCount: 1_000_000,
        removeOnComplete: { count: 0 },
        removeOnFail: { count: 0 },
      });
      bull.on("error", (error) =>
        this.#log.warn("the queue's connection failed", { pool, error: error.message }),
      );
      return bull;
    });
    this.#heartbeat = setInterval(
      () => {
        this.#beating = this.#beating.then(() => this.#beat());
      },
      Math.floor(leaseMs / 3),
    );
    await Promise.all(this.#bulls.map((bull) => bull.waitUntilReady()));
  }

  close(options: { readonly graceMs?: number } = {}): Promise<void> {
    this.#closed ??= this.#drain(options.graceMs ?? this.#options.graceMs);
    return this.#closed;
  }

  async #drain(graceMs: number): Promise<void> {
    this.#entry = { ...this.#entry, state: "draining" };
    await Promise.all(this.#bulls.map((bull) => bull.pause(true)));
    if (!(await this.#running.idle(graceMs))) {
      this.#running.abort("draining", () => true);
      await this.#running.idle(this.#options.graceMs + 1_000);
    }
    clearInterval(this.#heartbeat);
    await this.#beating;
    await Promise.all(this.#bulls.map((bull) => bull.close(this.#running.count > 0)));
    await removeWorker(this.#store, this.id);
    this.#subscriber.disconnect();
    await this.#store.close();
  }

  /** Prolongs the claims on every asset that is worked on, and stops what has been canceled or lost. */
  async #beat(): Promise<void> {
    const { leaseMs } = this.#options;
    try {
      await writeWorker(this.#store, this.#entry, leaseMs);
      for (const [asset, backfills] of this.#running.backfillsByAsset()) {
        const renewal = await renewSession(this.#store, asset, this.#session, leaseMs, [
          ...backfills,
        ]);
        if (renewal.kind === "lost") {
          this.#log.warn("this worker's claims on an asset have lapsed; stopping what runs", {
            asset,
          });
          this.#running.abort("lost", (claim) => claim.asset === asset);
          continue;
        }
        for (const [backfillId, control] of renewal.controls) {
          if (control === "running" || control === "paused") continue;
          this.#running.abort(
            "canceled",
            (claim) => claim.asset === asset && claim.backfillId === backfillId,
          );
        }
      }
    } catch (error) {
      this.#log.warn("a heartbeat failed", {
        error: error instanceof Error ? error.message : String(error),
      });
    }
  }
}
