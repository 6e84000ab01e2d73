import { hostname } from "node:os";
import { limitRepeats, type Logger, messageOf, versionsOf, within } from "@infill/core";
import {
  randomId,
  registerVersions,
  removePlanner,
  type StopWatching,
  version,
  watchServer,
  writePlanner,
} from "@infill/state";
import { Deliveries } from "../delivery/deliveries.ts";
import { Retention } from "../retention/retention.ts";
import { Complaints } from "./complaints.ts";
import { FeedReader } from "./feedReader.ts";
import { HeldBackfills } from "./heldBackfills.ts";
import type { RunningPlanner } from "./plannerOptions.ts";
import type { PlannerParts } from "./plannerParts.ts";
import { PlannerTick } from "./plannerTick.ts";

/** How long a planner that ends waits for each answer of Redis, in milliseconds: Redis may be gone. */
const farewellMs = 2_000;
/** The same where Redis is known to be away. */
const awayFarewellMs = 200;

/**
 * Plans the backfills whose leases it holds. Built by `startPlanner`.
 *
 * `start` lets its loops run: one reads the settlement streams, one looks at what no event tells. The random histories do not
 * start them. They call `read` and `tick` instead, which are what the loops repeat.
 */
export class Planner implements RunningPlanner {
  readonly id = randomId("planner");
  readonly #parts: PlannerParts;
  /** For what fails again and again while Redis is not well. */
  readonly #repeated: Logger;
  readonly #complaints: Complaints;
  readonly #held: HeldBackfills;
  readonly #reader: FeedReader;
  readonly #look: PlannerTick;
  readonly #deliveries: Deliveries;
  readonly #retention: Retention;
  readonly #closing = new AbortController();
  #loops: Promise<unknown> = Promise.resolve();
  #heartbeat: NodeJS.Timeout | undefined;
  #beating: Promise<void> = Promise.resolve();
  readonly #startedMs = Date.now();
  #unwatch: StopWatching = () => {};

  constructor(parts: PlannerParts) {
    this.#parts = parts;
    const { store, project, log } = parts;
    const { signal } = this.#closing;
    this.#repeated = limitRepeats(log);
    this.#complaints = new Complaints(log);
    this.#deliveries = new Deliveries(store, project, log);
    this.#retention = new Retention(store, project, this.id, log);
    this.#look = new PlannerTick(parts, this.#complaints);
    const workers = () => this.#look.workers;
    this.#held = new HeldBackfills(this.id, parts, this.#complaints, signal, workers);
    const wake = () => this.#deliveries.wake();
    this.#reader = new FeedReader(
      ...([parts, this.#held, this.#complaints, this.#repeated, signal] as const),
      wake,
    );
  }

  async start(): Promise<void> {
    const { store, project, feed, tickMs } = this.#parts;
    await feed.followBackfills();
    for (const [pool, { concurrency }] of project.pools) await this.#limitPool(pool, concurrency);
    await this.#beat();
    await registerVersions(store, versionsOf(project), "run");
    await this.tick();
    this.#heartbeat = setInterval(() => {
      this.#beating = this.#beating.then(() => this.#beat());
    }, tickMs);
    this.#deliveries.start();
    this.#retention.start();
    this.#loops = Promise.all([this.#reader.readForEver(), this.#tickForEver()]);
    this.#unwatch = await watchServer(store, () => void this.#reader.lookBack());
  }

  /** Waits for what the streams tell, and hands it to the backfills that it concerns. */
  read(): Promise<void> {
    return this.#reader.read();
  }

  /** Looks once at what no event tells. */
  tick(): Promise<void> {
    return this.#look.look(this.#held);
  }

  /** Whether it does nothing but wait for the clock and for what it is to hear. */
  get isResting(): boolean {
    return this.#held.isResting;
  }

  /** Starts nothing more, as a process that dies; leases and its entry stay until they end. */
  stop(): void {
    this.#closing.abort();
  }

  async close(): Promise<void> {
    const { store, feed, queues } = this.#parts;
    // A Redis that is away answers no farewell.
    const patienceMs = store.redis.waits.current === undefined ? farewellMs : awayFarewellMs;
    this.stop();
    this.#unwatch();
    feed.close();
    await within(patienceMs, Promise.all([this.#loops, this.#held.idle()]));
    await within(patienceMs, this.#held.releaseLeases());
    clearInterval(this.#heartbeat);
    await within(patienceMs, this.#beating);
    await within(patienceMs, removePlanner(store, this.id));
    await this.#retention.close(patienceMs);
    await this.#deliveries.close(patienceMs);
    await within(patienceMs, queues.close());
    await store.close();
  }

  async #limitPool(pool: string, concurrency: number | undefined): Promise<void> {
    const limit = async () => {
      const queue = this.#parts.queues.queue(pool);
      await (concurrency === undefined
        ? queue.removeGlobalConcurrency()
        : queue.setGlobalConcurrency(concurrency));
    };
    const problem = "setting the concurrency of a pool failed";
    await this.#complaints.guard(`pool ${pool}`, problem, limit, { pool });
  }

  /** Says that this planner is alive. Others tell within two ticks that it is not. */
  async #beat(): Promise<void> {
    const { store, project, tickMs } = this.#parts;
    const entry = {
      id: this.id,
      host: hostname(),
      pid: process.pid,
      version,
      startedMs: this.#startedMs,
      project: versionsOf(project).fingerprint,
    };
    try {
      await writePlanner(store, entry, 2 * tickMs + 500);
    } catch (error) {
      this.#repeated.warn("a heartbeat failed", { error: messageOf(error) });
    }
  }

  async #tickForEver(): Promise<void> {
    const { clock, tickMs } = this.#parts;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await clock.pause(tickMs, signal);
      if (signal.aborted) return;
      try {
        await this.tick();
      } catch (error) {
        this.#repeated.warn("checking leases and workers failed", { error: messageOf(error) });
      }
    }
  }
}
