import { hostname } from "node:os";
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  isFinalStatus,
  limitRepeats,
  type Logger,
  messageOf,
  pause,
  type Project,
  silentLogger,
  Slots,
  turns,
  versionsOf,
  within,
} from "@infill/core";
import {
  activeBackfills,
  appendBackfillLog,
  lapseSessions,
  type FeedEvent,
  type LogFacts,
  type RegisteredAssets,
  type RegisteredWorker,
  randomId,
  findBackfill,
  readWorkerRegistry,
  registerVersions,
  removePlanner,
  reviewPermits,
  SettlementFeed,
  type StateStore,
  type StopWatching,
  version,
  UnknownBackfillError,
  watchServer,
  writePlanner,
  inGroups,
} from "@infill/state";
import { BackfillLease } from "./backfillLease.ts";
import { Complaints } from "./complaints.ts";
import { Contenders } from "../window/contenders.ts";
import { ProjectFit } from "./projectFit.ts";
import { BackfillRun } from "./backfillRun.ts";
import { Deliveries } from "../delivery/deliveries.ts";
import { OtherBackfills } from "./otherBackfills.ts";
import type { ResolvedPlannerOptions, RunningPlanner } from "./plannerOptions.ts";
import { PoolQueues } from "@infill/planning";
import type { RunEnvironment } from "../window/runEnvironment.ts";
import { Retention } from "../retention/retention.ts";
import { RunLoop } from "./runLoop.ts";

/**
 * How long a closing planner waits for each answer of Redis, in milliseconds: Redis may be away.
 */
const farewellMs = 2_000;
/** The same if Redis is known to be away. */
const awayFarewellMs = 200;

/**
 * Backfills that may make a step at once. Redis answers many in one turn of the event loop, and
 * work follows each answer.
 */
const stepsAtOnce = 16;
/**
 * Backfills that are adopted at once. Each adoption takes ten round trips in sequence, mostly
 * waiting.
 */
const adoptedAtOnce = 16;

/** Plans the backfills whose leases it holds. `startPlanner` creates it. */
export class Planner implements RunningPlanner {
  readonly id = randomId("planner");
  readonly #store: StateStore;
  readonly #project: Project;
  readonly #registered: RegisteredAssets;
  readonly #log: Logger;
  /** Logs repeated failures while Redis is away. */
  readonly #repeated: Logger;
  readonly #leaseMs: number;
  readonly #tickMs: number;
  readonly #feed: SettlementFeed;
  readonly #queues: PoolQueues;
  readonly #deliveries: Deliveries;
  readonly #others: OtherBackfills;
  readonly #retention: Retention;
  readonly #runs = new Map<string, RunLoop>();
  /**
   * By asset, how many runs have it. The planner follows the settlements of an asset while any run
   * has it.
   */
  readonly #runsByAsset = new Map<string, number>();
  /** Backfills that are being adopted, each with the last status heard meanwhile. */
  readonly #adopting = new Map<string, string | undefined>();
  readonly #adoptSlots = new Slots(adoptedAtOnce);
  readonly #adoptions = new Set<Promise<void>>();
  readonly #fit: ProjectFit;
  readonly #complaints: Complaints;
  readonly #contenders: Contenders;
  readonly #slots = new Slots(stepsAtOnce);
  /** Backfills that need a newer project than this planner's. */
  readonly #outdated = new Set<string>();
  readonly #closing = new AbortController();
  #workers: readonly RegisteredWorker[] = [];
  #loops: Promise<unknown> = Promise.resolve();
  #heartbeat: NodeJS.Timeout | undefined;
  #beating: Promise<void> = Promise.resolve();
  readonly #startedMs = Date.now();
  #unwatch: StopWatching = () => {};

  constructor(
    store: StateStore,
    project: Project,
    registered: RegisteredAssets,
    options: Pick<ResolvedPlannerOptions, "leaseMs" | "tickMs" | "log">,
  ) {
    this.#store = store;
    this.#project = project;
    this.#registered = registered;
    this.#log = options.log ?? silentLogger;
    this.#complaints = new Complaints(this.#log);
    this.#repeated = limitRepeats(this.#log);
    this.#leaseMs = options.leaseMs;
    this.#tickMs = options.tickMs;
    this.#feed = new SettlementFeed(store, "planner");
    this.#deliveries = new Deliveries(store, project, this.#log);
    this.#queues = new PoolQueues(store, "planner");
    this.#retention = new Retention(store, project, this.id, this.#log);
    this.#others = new OtherBackfills(store, project);
    this.#contenders = new Contenders(this.#runs, this.#others);
    this.#fit = new ProjectFit(store, project, registered, this.#log);
  }

  async start(): Promise<void> {
    await this.#feed.followBackfills();
    for (const [pool, { concurrency }] of this.#project.pools) {
      const limit = async () => {
        const queue = this.#queues.queue(pool);
        await (concurrency === undefined
          ? queue.removeGlobalConcurrency()
          : queue.setGlobalConcurrency(concurrency));
      };
      const problem = "setting the concurrency of a pool failed";
      await this.#complaints.guard(`pool ${pool}`, problem, limit, { pool });
    }
    await this.#beat();
    await registerVersions(this.#store, versionsOf(this.#project), "run");
    await this.#tick();
    this.#heartbeat = setInterval(() => {
      this.#beating = this.#beating.then(() => this.#beat());
    }, this.#tickMs);
    this.#deliveries.start();
    this.#retention.start();
    this.#loops = Promise.all([this.#readFeed(), this.#tickForEver()]);
    this.#unwatch = await watchServer(this.#store, () => void this.#lookBack());
  }

  async close(): Promise<void> {
    // Do not wait long for a Redis that is away.
    const patienceMs = this.#store.redis.waits.current === undefined ? farewellMs : awayFarewellMs;
    this.#closing.abort();
    this.#unwatch();
    this.#feed.close();
    const steps = Array.from(this.#runs.values(), (loop) => loop.idle());
    await within(patienceMs, Promise.all([this.#loops, ...steps, ...this.#adoptions]));
    const releases = Array.from(this.#runs.values(), (loop) => loop.releaseLease());
    await within(patienceMs, Promise.all(releases));
    clearInterval(this.#heartbeat);
    await within(patienceMs, this.#beating);
    await within(patienceMs, removePlanner(this.#store, this.id));
    await this.#retention.close(patienceMs);
    await this.#deliveries.close(patienceMs);
    await within(patienceMs, this.#queues.close());
    await this.#store.close();
  }

  /** Renews this planner's entry. Others notice within two ticks if it stops. */
  async #beat(): Promise<void> {
    const entry = {
      id: this.id,
      host: hostname(),
      pid: process.pid,
      version,
      startedMs: this.#startedMs,
      project: versionsOf(this.#project).fingerprint,
    };
    try {
      await writePlanner(this.#store, entry, 2 * this.#tickMs + 500);
    } catch (error) {
      this.#repeated.warn("a heartbeat failed", { error: messageOf(error) });
    }
  }

  async #readFeed(): Promise<void> {
    let failures = 0;
    while (!this.#closing.signal.aborted) {
      try {
        for (const event of await this.#feed.read(5_000)) {
          await turns.next();
          await this.#hear(event);
        }
        // Send the runs' calls before the next read: a step of a chain waits for them.
        await nextTurn();
        failures = 0;
      } catch (error) {
        if (this.#closing.signal.aborted) return;
        const problem = "reading the settlement stream failed";
        this.#complaints.tell("feed", problem, { error: messageOf(error) });
        // Events that were read but not handled are lost, so every run reads its state again.
        for (const loop of this.#runs.values()) loop.reload();
        await pause(Math.min(200 * 2 ** failures++, this.#tickMs), this.#closing.signal);
      }
    }
  }

  async #hear(event: FeedEvent): Promise<void> {
    switch (event.kind) {
      case "settlements":
        for (const settlement of event.events)
          this.#runs.get(settlement.backfillId)?.hear(settlement);
        break;
      case "gap":
        if (event.lost > 0)
          await this.#tellOfLoss({ asset: event.asset, transitions: event.lost }, event.asset);
        else
          this.#log.warn("settlements were trimmed before they were read; reading state again", {
            asset: event.asset,
          });
        for (const loop of this.#runs.values())
          if (loop.run.assets.includes(event.asset)) loop.reload();
        break;
      case "unreadable": {
        const { asset, excerpt } = event;
        const problem = "skipped an unreadable entry of a stream; reading state again";
        this.#repeated.warn(problem, { ...(asset === undefined ? {} : { asset }), excerpt });
        for (const loop of this.#runs.values())
          if (asset === undefined || loop.run.assets.includes(asset)) loop.reload();
        break;
      }
      case "backfills_gap":
        await this.#tellOfLoss({});
        break;
      case "backfill":
        this.#deliveries.wake();
        this.#hearStatus(event.backfillId, event.status);
        break;
    }
  }

  /**
   * After a change of the Redis server, reads the state of all backfills again: Redis may have gone
   * back to an earlier state. Logs what the streams have lost.
   */
  async #lookBack(): Promise<void> {
    try {
      for (const event of await this.#feed.goneBack()) await this.#hear(event);
    } catch (error) {
      this.#repeated.warn("checking for lost writes failed", { error: messageOf(error) });
    }
    for (const loop of this.#runs.values()) {
      loop.reload();
      loop.reconcile();
    }
  }

  /**
   * Logs, also in the logs of all active backfills, that Redis has lost acknowledged writes.
   *
   * @param asset whose backfills are concerned; default: all
   */
  async #tellOfLoss(details: LogFacts, asset?: string): Promise<void> {
    this.#log.error(
      "Redis lost acknowledged writes; partitions that ended then run again",
      details,
    );
    const active = await activeBackfills(this.#store);
    // A backfill whose end is being sent again may be missing among the active ones for a moment.
    for (const id of new Set([...active, ...this.#runs.keys()])) {
      const run = this.#runs.get(id)?.run;
      if (asset !== undefined && run?.assets.includes(asset) === false) continue;
      const append = () => appendBackfillLog(this.#store, id, { what: "state_lost", details });
      const problem = "writing to the log of a backfill failed";
      await this.#complaints.guard(`log ${id}`, problem, append, { backfill: id });
    }
  }

  #hearStatus(backfillId: string, status: string): void {
    if (this.#adopting.has(backfillId)) {
      this.#adopting.set(backfillId, status);
      return;
    }
    const loop = this.#runs.get(backfillId);
    if (loop !== undefined) {
      if (status === "running") loop.reload();
      else loop.readStatus();
    } else if (status === "running" || status === "canceling") void this.#adoptInTurn(backfillId);
  }

  /** Adopts a backfill once a slot is free, unless that is under way. */
  #adoptInTurn(id: string): Promise<void> {
    if (this.#adopting.has(id)) return Promise.resolve();
    this.#adopting.set(id, undefined);
    const adoption = this.#adoptAndHear(id).finally(() => this.#adoptions.delete(adoption));
    this.#adoptions.add(adoption);
    return adoption;
  }

  async #adoptAndHear(id: string): Promise<void> {
    await this.#adoptSlots.take();
    const facts = { backfill: id };
    const problem = "a backfill cannot be planned";
    await this.#complaints.guard(`adopt ${id}`, problem, () => this.#adopt(id), facts);
    this.#adoptSlots.giveBack();
    const heard = this.#adopting.get(id);
    this.#adopting.delete(id);
    if (heard !== undefined && !this.#closing.signal.aborted) this.#hearStatus(id, heard);
  }

  async #tickForEver(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      await pause(this.#tickMs, this.#closing.signal);
      if (this.#closing.signal.aborted) return;
      try {
        await this.#tick();
      } catch (error) {
        this.#repeated.warn("checking leases and workers failed", { error: messageOf(error) });
      }
    }
  }

  /**
   * Handles what no event reports: leases to renew, backfills without a planner, workers that come,
   * go or die. Each step is guarded, so that an unreadable entry does not stop the others.
   */
  async #tick(): Promise<void> {
    const guard = this.#complaints.guard.bind(this.#complaints);
    await guard("workers", "reading the worker registry failed", () => this.#readWorkers());
    const renew = (loop: RunLoop) => {
      const facts = { backfill: loop.run.id };
      const problem = "renewing a lease failed";
      return guard(`lease ${loop.run.id}`, problem, () => loop.renewLease(), facts);
    };
    await inGroups([...this.#runs.values()], renew);
    const active =
      (await guard("active", "reading the list of active backfills failed", () =>
        activeBackfills(this.#store),
      )) ?? [];
    const unknown = active.filter((id) => !this.#runs.has(id));
    await Promise.all(unknown.map((id) => this.#adoptInTurn(id)));
    const others = active.filter((id) => !this.#runs.has(id));
    await guard("others", "reading the backfills of other planners failed", () =>
      this.#others.look(others),
    );
    const assets = this.#runsByAsset.keys();
    const lapse = (asset: string) => {
      const problem = "freeing the claims of dead workers failed";
      return guard(`lapse ${asset}`, problem, () => this.#lapse(asset), { asset });
    };
    await inGroups([...new Set([...this.#registered.keys(), ...assets])], lapse);
    await guard("permits", "reviewing permits failed", () => reviewPermits(this.#store));
  }

  async #lapse(asset: string): Promise<void> {
    const lapsed = await lapseSessions(this.#store, asset);
    if (lapsed > 0)
      this.#log.warn("a worker died; its partitions are free again", {
        asset,
        partitions: lapsed,
      });
  }

  async #readWorkers(): Promise<void> {
    const { workers, unreadable } = await readWorkerRegistry(this.#store);
    this.#workers = workers;
    for (const { id, reason, excerpt } of unreadable) {
      const problem = "the entry of a worker is unreadable; planning without that worker";
      this.#complaints.tell(`worker ${id}`, problem, { worker: id, reason, excerpt });
    }
  }

  async #adopt(id: string): Promise<void> {
    if (this.#closing.signal.aborted) return;
    const record = await findBackfill(this.#store, id);
    if (record === undefined) {
      // A backfill that was just deleted is no longer active.
      if ((await activeBackfills(this.#store)).includes(id)) throw new UnknownBackfillError(id);
      return;
    }
    if (isFinalStatus(record.status)) return;
    const isCanceling = record.status === "canceling";
    // A canceled backfill can end without its definitions.
    if (!isCanceling && (this.#outdated.has(id) || (await this.#fit.leavesToOthers(record))))
      return;
    const { id: planner } = this;
    const terms = { planner, leaseMs: this.#leaseMs, tickMs: this.#tickMs };
    const lease = new BackfillLease(this.#store, id, terms);
    if (this.#runs.has(id) || !(await lease.renew())) return;
    const unfit = await this.#fit.register(record.header.assets);
    if (unfit !== undefined && !isCanceling) {
      await this.#fit.pauseUnfit(record, unfit);
      await lease.release();
      return;
    }
    if (this.#runs.has(id)) return;
    const run = new BackfillRun(this.#environment(), record);
    const loop = new RunLoop(run, lease, {
      store: this.#store,
      log: this.#log,
      closing: this.#closing.signal,
      tickMs: this.#tickMs,
      slots: this.#slots,
      onOver: (over) => this.#drop(over),
    });
    this.#runs.set(id, loop);
    for (const asset of run.assets)
      this.#runsByAsset.set(asset, (this.#runsByAsset.get(asset) ?? 0) + 1);
    try {
      await this.#feed.followAssets(run.assets);
    } catch (error) {
      this.#drop(loop);
      await lease.release();
      throw error;
    }
    this.#log.info("planning a backfill", { backfill: id });
    loop.start();
  }

  #drop({ run, isOutdated }: RunLoop): void {
    if (isOutdated) this.#outdated.add(run.id);
    if (!this.#runs.delete(run.id)) return;
    for (const asset of run.assets) {
      const left = (this.#runsByAsset.get(asset) ?? 1) - 1;
      if (left > 0) {
        this.#runsByAsset.set(asset, left);
        continue;
      }
      this.#runsByAsset.delete(asset);
      this.#feed.unfollowAsset(asset);
    }
  }

  #environment(): RunEnvironment {
    return {
      store: this.#store,
      queues: this.#queues,
      graph: this.#project.graph,
      versions: versionsOf(this.#project).assets,
      registered: this.#registered,
      log: this.#log,
      alerts: this.#project.alerts,
      pools: this.#project.pools,
      holdsLease: (id) => this.#runs.get(id)?.holdsLease === true,
      workers: () => this.#workers,
      contenders: (pool) => this.#contenders.of(pool),
    };
  }
}
