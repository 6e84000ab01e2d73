import { hostname } from "node:os";
import {
  limitRepeats,
  type Logger,
  messageOf,
  type Project,
  versionsOf,
  within,
} from "@infill/core";
import {
  excerptOf,
  ledgerControlSchema,
  quietRedis,
  randomId,
  inspectProject,
  registerVersions,
  removeWorker,
  type StateStore,
  type StopWatching,
  watchServer,
  type WorkerEntry,
  writeWorker,
} from "@infill/state";
import type { Job } from "bullmq";
import type { Redis } from "ioredis";
import { JobSlots } from "../job/jobSlots.ts";
import { PartitionProcessor } from "../job/partitionProcessor.ts";
import { Heartbeat } from "../session/heartbeat.ts";
import { PlannerWatch } from "./plannerWatch.ts";
import { PoolWorker } from "./poolWorker.ts";
import { type RunningClaim, RunningClaims } from "../run/runningClaims.ts";
import { version } from "./version.ts";
import type { ResolvedWorkerOptions, RunningWorker } from "./workerOptions.ts";

/** Most characters of a control message: a backfill id and a word. */
const mostControlText = 100;
/** How long a closing worker waits for each answer of Redis, in milliseconds: Redis may be away. */
const farewellMs = 2_000;
/** The same if Redis is known to be away. */
const awayFarewellMs = 100;
/** Time between two checks for a live planner, in milliseconds: longer than a planner's restart. */
const plannerLookMs = 15_000;
/** The part of a grace period that is kept for closing while Redis is away, in milliseconds. */
const lastMomentMs = 1_000;

/**
 * A worker's states: `running` takes jobs; `draining` (after `close`) takes none and lets running
 * partitions end. Heartbeats continue in both.
 */
export class Worker implements RunningWorker {
  readonly id = randomId("worker");
  readonly #store: StateStore;
  readonly #project: Project;
  readonly #pools: readonly string[];
  readonly #options: ResolvedWorkerOptions;
  readonly #log: Logger;
  /** Logs repeated failures while Redis is away. */
  readonly #repeated: Logger;
  readonly #running = new RunningClaims();
  /**
   * Claims have the worker's own id as session, so that everybody can tell which worker runs a
   * partition.
   */
  readonly #session = this.id;
  readonly #subscriber: Redis;
  #bulls: PoolWorker[] = [];
  readonly #slots: JobSlots[] = [];
  readonly #connections: Redis[] = [];
  readonly #heartbeat: Heartbeat;
  #entry: WorkerEntry;
  #closed: Promise<void> | undefined;
  #unwatch: StopWatching = () => {};
  #plannerLooks: NodeJS.Timeout | undefined;

  constructor(
    store: StateStore,
    project: Project,
    pools: readonly string[],
    options: ResolvedWorkerOptions,
    log: Logger,
  ) {
    this.#store = store;
    this.#project = project;
    this.#pools = pools;
    this.#options = options;
    this.#log = log;
    this.#repeated = limitRepeats(log);
    this.#subscriber = quietRedis(store.url, "infill:worker:control");
    this.#entry = {
      id: this.id,
      host: hostname(),
      pid: process.pid,
      version,
      pools: Object.fromEntries(pools.map((pool) => [pool, options.concurrency])),
      state: "running",
      startedMs: Date.now(),
      project: versionsOf(project).fingerprint,
    };
    const { leaseMs, maxBlockedMs, blockedWarnings } = options;
    this.#heartbeat = new Heartbeat(
      {
        ...{ store, session: this.#session, leaseMs, maxBlockedMs, log },
        warnings: blockedWarnings,
        onLost: (asset, numbers, lateMs) => this.#lose(asset, numbers, lateMs),
        onControl: (asset, backfillId, control) =>
          this.#obey(control, (claim) => claim.asset === asset && claim.backfillId === backfillId),
      },
      this.#entry,
    );
  }

  async start(): Promise<void> {
    const { leaseMs, graceMs, maxProcessDeaths, maxLapses, concurrency } = this.#options;
    const registered = await inspectProject(this.#store, this.#project);
    const processor = new PartitionProcessor({
      store: this.#store,
      graph: this.#project.graph,
      versions: versionsOf(this.#project).assets,
      registered,
      pools: this.#project.pools,
      session: this.#session,
      leaseMs,
      graceMs,
      ...{ maxProcessDeaths, maxLapses },
      running: this.#running,
      heartbeat: this.#heartbeat,
      log: this.#log,
    });
    this.#unwatch = await watchServer(this.#store, () => void this.#lookBack(processor));
    await this.#subscriber.subscribe(this.#store.keys.controlChannel);
    this.#subscriber.on("message", (_channel, text) => {
      const [backfillId = "", control = ""] = text.slice(0, mostControlText).split(" ");
      if (text.length > mostControlText || !ledgerControlSchema.safeParse(control).success)
        this.#repeated.warn("skipped an unreadable control message", {
          excerpt: excerptOf(text.slice(0, mostControlText)),
        });
      else {
        // A newer project may have resumed or retried it.
        processor.forgetPlan(backfillId);
        this.#obey(control, (claim) => claim.backfillId === backfillId);
      }
    });
    await writeWorker(this.#store, this.#entry, leaseMs);
    this.#heartbeat.start();
    await registerVersions(this.#store, versionsOf(this.#project), "run");
    this.#bulls = this.#pools.map((pool) => {
      const connection = quietRedis(this.#store.url, `infill:worker:${pool}`);
      this.#connections.push(connection);
      const slots = new JobSlots(concurrency, (jobs) => {
        bull.concurrency = jobs;
      });
      this.#slots.push(slots);
      const process = (job: Job, token: string | undefined) =>
        processor.process(job, token, slots.take(job.opts.priority ?? 0));
      const bull = new PoolWorker(pool, process, {
        connection,
        prefix: this.#store.keys.poolPrefix(pool),
        name: this.id,
        concurrency,
        lockDuration: leaseMs,
        // A dead worker's job returns at the first check after its lock has expired.
        stalledInterval: Math.min(5_000, Math.ceil(leaseMs / 3)),
        // BullMQ does not wake idle workers for a job that is given back; they check again after
        // this many seconds.
        drainDelay: 1,
        // A dead worker's job always returns: the claim decides how many deaths are too many.
        maxStalledCount: 1_000_000,
        removeOnComplete: { count: 0 },
        removeOnFail: { count: 0 },
      });
      bull.on("error", ({ message }) => {
        // A canceled backfill's jobs are removed from the queue while their functions end.
        if (message.startsWith("Missing key for job"))
          this.#log.debug?.("a job was removed from its queue while it ran", {
            pool,
            error: message,
          });
        else this.#repeated.warn("the queue's connection failed", { pool, error: message });
      });
      return bull;
    });
    await Promise.all(this.#bulls.map((bull) => bull.waitUntilReady()));
    const planners = new PlannerWatch(this.#store, this.#log);
    this.#plannerLooks = setInterval(() => {
      if (this.#isRedisAway) return;
      planners.look(this.#running.count).catch((error: unknown) => {
        this.#repeated.warn("looking for planners failed", { error: messageOf(error) });
      });
    }, plannerLookMs).unref();
  }

  running(): ReturnType<RunningWorker["running"]> {
    return this.#running.list().map(({ asset, partition, backfillId }) => ({
      ...{ asset, partition, backfillId },
    }));
  }

  close(options: { readonly graceMs?: number } = {}): Promise<void> {
    this.#closed ??= this.#drain(options.graceMs ?? this.#options.graceMs);
    return this.#closed;
  }

  async #drain(graceMs: number): Promise<void> {
    clearInterval(this.#plannerLooks);
    this.#entry = { ...this.#entry, state: "draining" };
    this.#heartbeat.setEntry(this.#entry);
    const startedMs = Date.now();
    for (const slots of this.#slots) slots.close();
    await this.#farewell(Promise.all(this.#bulls.map((bull) => bull.pause(true))));
    const leftMs = () => startedMs + graceMs - lastMomentMs - Date.now();
    // With Redis away nothing can be given back, so the process ends within its grace period.
    if (!(await this.#running.idle(this.#isRedisAway ? Math.max(0, leftMs()) : graceMs))) {
      this.#running.abort("draining", () => true);
      await this.#running.idle(
        this.#isRedisAway ? lastMomentMs / 2 : this.#options.graceMs + 1_000,
      );
    }
    this.#unwatch();
    const isIdle = this.#running.count === 0;
    await this.#farewell(Promise.all(this.#bulls.map((bull) => bull.close(!isIdle))));
    await this.#farewell(this.#heartbeat.stop());
    await this.#farewell(removeWorker(this.#store, this.id));
    this.#subscriber.disconnect();
    for (const connection of this.#connections) connection.disconnect();
    await this.#store.close();
  }

  get #isRedisAway(): boolean {
    return this.#store.redis.waits.current !== undefined;
  }

  /** Waits a short time for Redis' answer, and even less if Redis is away. */
  async #farewell(ending: Promise<unknown>): Promise<void> {
    await within(this.#isRedisAway ? awayFarewellMs : farewellMs, ending);
  }

  /** Stops the functions of claims that have lapsed. */
  #lose(asset: string, numbers: ReadonlySet<number>, lateMs: number): void {
    const { leaseMs } = this.#options;
    this.#log.warn(
      "this worker renewed its claims on an asset too late and lost them; stopping their functions",
      {
        ...{ asset, lateMs, leaseMs },
      },
    );
    this.#running.abort("lost", (claim) => claim.asset === asset && numbers.has(claim.number));
  }

  /** After a change of the Redis server, releases claims that the server may have brought back. */
  async #lookBack(processor: PartitionProcessor): Promise<void> {
    try {
      for (const [asset, claims] of await processor.releaseUnknownClaims())
        this.#log.error("Redis lost acknowledged writes; partitions that ended then run again", {
          asset,
          claims,
        });
    } catch (error) {
      this.#repeated.warn("checking for lost writes failed", {
        error: messageOf(error),
      });
    }
  }

  /**
   * Stops partitions if their backfill's control requires it. A backfill without a ledger counts as
   * canceled.
   */
  #obey(control: string, which: (claim: RunningClaim) => boolean): void {
    if (control === "canceling" || control === "unknown") this.#running.abort("canceled", which);
    else if (control === "stopping") this.#running.abort("paused", which);
  }
}
