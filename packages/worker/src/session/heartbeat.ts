import { Worker as Thread } from "node:worker_threads";
import { limitRepeats, type Logger, parseRedisUrl, within } from "@infill/core";
import {
  connectionOptions,
  scriptText,
  type StateStore,
  type WorkerEntry,
  workerEntryCall,
} from "@infill/state";
import {
  type FromHeartbeat,
  type HeartbeatData,
  type HeartbeatEntry,
  type HeartbeatJob,
  type HeartbeatWork,
  heldMarks,
  type ToHeartbeat,
} from "./heartbeatMessages.ts";
import { SharedEntries, type SharedEntry } from "./sharedEntries.ts";

/** The folder is beside `src` and `dist`, so the relative path is the same from both. */
const threadFile = new URL("../../thread/heartbeat.mjs", import.meta.url);
/** Time between two signs of life of this thread, in milliseconds. */
const turnMs = 200;
/** Milliseconds until a heartbeat thread that ended by itself is restarted. */
const restartMs = 1_000;
/** How long a thread may take to stop, in milliseconds. */
const stopMs = 2_000;
/** Most pairs of asset and backfill without open claims whose entries are kept. */
const mostWorks = 1_000;
/** Most characters of a partition's key in a warning. */
const mostNamed = 200;

/** An asset in a backfill, with the number of open claims on it. */
interface OpenWork {
  readonly number: number;
  readonly entry: SharedEntry;
  claims: number;
}

export interface HeartbeatOptions {
  readonly store: StateStore;
  readonly session: string;
  readonly leaseMs: number;
  /** How long heartbeats continue while the event loop is blocked, in milliseconds. */
  readonly maxBlockedMs: number;
  readonly warnings: HeartbeatData["warnings"];
  readonly log: Logger;
  /** Claims have lapsed; their partitions run elsewhere, or will. */
  onLost(asset: string, numbers: ReadonlySet<number>, lateMs: number): void;
  /** A backfill's control is stopping, canceling, or unknown. */
  onControl(asset: string, backfillId: string, control: string): void;
}

/** A claim that the heartbeat renews. */
export interface HeldClaim {
  /** Records that Redis has granted it. */
  granted(): void;
  /** Records that it has ended or was refused. Safe to call again. */
  ended(): void;
}

class OpenClaim implements HeldClaim {
  readonly #work: OpenWork;
  readonly #entry: SharedEntry;
  #isOpen = true;

  constructor(work: OpenWork, entry: SharedEntry) {
    this.#work = work;
    this.#entry = entry;
    work.claims++;
  }

  granted(): void {
    this.#entry.mark(heldMarks.granted);
  }

  ended(): void {
    if (this.#isOpen) this.#work.claims--;
    this.#isOpen = false;
    this.#entry.remove();
  }
}

/**
 * Renews a worker's entry, its claims and the locks of its jobs. It uses a thread and a connection
 * of its own, so that a function that blocks the event loop does not lose its claims.
 *
 * The thread lives as long as the process: a killed, crashed or frozen process renews nothing. Once
 * the main event loop has been blocked for `maxBlockedMs`, the thread renews only the worker's
 * entry and writes the block into it, so that the next claim sees that the process lives.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  /** Logs repeated failures while Redis is away. */
  readonly #repeated: Logger;
  /**
   * The claims and jobs that the thread renews. The thread reads this shared memory, so it knows
   * each one at once.
   */
  readonly #held = new SharedEntries((page) => this.#post({ page }));
  readonly #works = new Map<string, OpenWork>();
  #nextWork = 1;
  readonly #turned = new SharedArrayBuffer(4);
  readonly #turn = new Int32Array(this.#turned);
  #entry: HeartbeatEntry;
  #thread: Thread | undefined;
  #turning: NodeJS.Timeout | undefined;
  #restart: NodeJS.Timeout | undefined;
  #exited: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(options: HeartbeatOptions, entry: WorkerEntry) {
    this.#options = options;
    this.#repeated = limitRepeats(options.log);
    this.#entry = this.#entryOf(entry);
  }

  start(): void {
    this.signOfLife();
    this.#turning = setInterval(() => this.signOfLife(), turnMs).unref();
    this.#startThread();
  }

  /** Writes a new entry at once. */
  setEntry(entry: WorkerEntry): void {
    this.#entry = this.#entryOf(entry);
    this.#post({ entry: this.#entry });
  }

  /** Reports a turn of this thread's event loop; a block is measured from the last turn. */
  signOfLife(): void {
    Atomics.add(this.#turn, 0, 1);
  }

  /**
   * Registers a claim before its request to Redis. A function may block this thread before the
   * answer is read, and the claim must not lapse meanwhile.
   */
  claimAsked(claim: {
    readonly number: number;
    readonly asset: string;
    readonly partition: string;
    readonly backfillId: string;
  }): HeldClaim {
    const { number, asset, partition, backfillId } = claim;
    const work = this.#workOf(asset, backfillId);
    const entry = this.#held.add(
      `${number} ${work.number} ${partition.slice(0, mostNamed)}`,
      heldMarks.asked,
    );
    return new OpenClaim(work, entry);
  }

  /** Registers a job whose lock is to be renewed. @returns a function that ends this */
  jobStarted(pool: string, id: string, token: string): () => void {
    const { keys } = this.#options.store;
    const job: HeartbeatJob = {
      ...{ id, token },
      ...{ lock: keys.jobLock(pool, id), stalled: keys.stalledJobs(pool) },
    };
    const entry = this.#held.add(JSON.stringify(job), heldMarks.job);
    return () => entry.remove();
  }

  /** Stops the thread; nothing is renewed after that. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#turning);
    clearTimeout(this.#restart);
    const thread = this.#thread;
    if (thread === undefined) return;
    this.#post({ stop: true });
    if (!(await within(stopMs, this.#exited))) await thread.terminate();
    this.#thread = undefined;
  }

  /**
   * The entry of an asset in a backfill, to which claims refer. It is kept for some time after its
   * last claim.
   */
  #workOf(asset: string, backfill: string): OpenWork {
    const name = `${backfill} ${asset}`;
    let work = this.#works.get(name);
    if (work === undefined) {
      if (this.#works.size >= mostWorks) this.#forgetWorks();
      const { keys } = this.#options.store;
      const number = this.#nextWork++;
      const noted: HeartbeatWork = {
        ...{ number, asset, backfill },
        ...{ sessions: keys.sessions(asset), ledger: keys.ledger(asset, backfill) },
      };
      const entry = this.#held.add(JSON.stringify(noted), heldMarks.work);
      this.#works.set(name, (work = { number, entry, claims: 0 }));
    }
    return work;
  }

  #forgetWorks(): void {
    for (const [name, { entry, claims }] of this.#works) {
      if (claims > 0) continue;
      entry.remove();
      this.#works.delete(name);
    }
  }

  #post(message: ToHeartbeat): void {
    this.#thread?.postMessage(message);
  }

  #startThread(): void {
    const { store, session, leaseMs, maxBlockedMs, warnings } = this.#options;
    // Functions cannot be sent to a thread; ioredis' own retry strategy waits as long.
    const { retryStrategy: _, ...connection } = connectionOptions("infill:worker:heartbeat");
    const workerData: HeartbeatData = {
      ...{
        url: parseRedisUrl(store.url).url,
        connection,
        session,
        leaseMs,
        maxBlockedMs,
        warnings,
      },
      scripts: {
        renew: scriptText("renew_session"),
        write: scriptText("write_worker"),
        extend: scriptText("extend_job"),
      },
      ...{ turned: this.#turned, entry: this.#entry },
      pages: this.#held.pages,
    };
    // The main thread's loaders and flags might not load in the thread, which needs none of them.
    const thread = new Thread(threadFile, {
      ...{ workerData, execArgv: [], name: "heartbeat" },
      env: { ...process.env, NODE_OPTIONS: "" },
    });
    this.#thread = thread;
    thread.unref();
    thread.on("message", (message: FromHeartbeat) => this.#hear(message));
    thread.on("error", (error) =>
      this.#repeated.error("the heartbeat failed", { error: error.message }),
    );
    this.#exited = new Promise((resolve) => {
      thread.once("exit", () => {
        resolve();
        if (this.#thread === thread) this.#thread = undefined;
        if (this.#isStopped) return;
        this.#repeated.error("the heartbeat ended; starting it again");
        this.#restart = setTimeout(() => this.#startThread(), restartMs);
        this.#restart.unref();
      });
    });
  }

  #hear(message: FromHeartbeat): void {
    const { log, onLost, onControl } = this.#options;
    switch (message.kind) {
      case "lost":
        onLost(message.asset, new Set(message.numbers), message.lateMs);
        break;
      case "control":
        onControl(message.asset, message.backfill, message.control);
        break;
      case "unblocked": {
        const { blockedMs, isTold } = message;
        const text = "a function that computes without waiting blocked the event loop";
        if (isTold) log.info(`${text}; it goes on`, { blockedMs });
        else log.warn(text, { blockedMs });
        break;
      }
      case "failed":
        this.#repeated.warn("a heartbeat failed", { error: message.error });
        break;
      case "recovered":
        this.#repeated.info("heartbeats reach Redis again");
        break;
    }
  }

  #entryOf(value: WorkerEntry): HeartbeatEntry {
    const { store, leaseMs } = this.#options;
    return { value: { ...value, leaseMs }, ...workerEntryCall(store, value, leaseMs) };
  }
}
