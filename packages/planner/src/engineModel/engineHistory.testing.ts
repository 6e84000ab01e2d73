import { createHash } from "node:crypto";
import { isFinalStatus, type Project } from "@infill/core";
import {
  connectionOptions,
  lapseSessions,
  type RegisteredAsset,
  registerProject,
  stateKeys,
  type StateStore,
} from "@infill/state";
import { Worker } from "bullmq";
import { Redis } from "ioredis";
import { connect, type InfillClient } from "@infill/client";
import { slotsOf, windowSize } from "@infill/planning";
import { checkEngine } from "./checkEngine.testing.ts";
import { EngineModel, type ModelBackfill } from "./engineModel.testing.ts";
import { EngineViewer, type EngineView } from "./engineView.testing.ts";
import { modelPartitions } from "./modelPartitions.testing.ts";
import { historyNow, randomProject } from "./randomProject.testing.ts";
import { SeededRandom } from "./seededRandom.testing.ts";
import { CallBudget, LimitedQueues, SimulatedPlanner } from "./simulatedPlanner.testing.ts";
import { type HeldClaim, SimulatedWorker } from "./simulatedWorker.testing.ts";
import { type Step, UserActions } from "./userActions.testing.ts";
import { foreverMs, WorkerActions } from "./workerActions.testing.ts";

/** Facts about a finished history. */
export interface HistoryFacts {
  readonly partitions: number;
  readonly steps: number;
  /** How often each kind of step was taken. */
  readonly kinds: ReadonlyMap<string, number>;
  /** Each step, with a digest of the state in Redis after it. */
  readonly trace: readonly string[];
}

/** Least and most selected partitions of a history's first backfill. */
const sizes = { least: 500, most: 620 };
/** Most workers of a history, including those that died. */
const mostWorkers = 4;

/**
 * Runs one random history of the engine to its end, and compares Redis with the model after every
 * step.
 *
 * The seed decides everything: the project, the ids, the actions of planners and workers and their
 * times, and the faults. So a failing seed can be repeated until this code changes.
 *
 * @param store a connection to a server with nothing else in it
 * @throws Error with the seed, the last steps, the difference, and the command that repeats it
 */
export async function runHistory(store: StateStore, seed: number): Promise<HistoryFacts> {
  const history = await EngineHistory.begin(store, seed);
  try {
    return await history.run();
  } catch (error) {
    throw new Error(`seed ${seed}: ${history.story(error)}\n${commandFor(seed)}`, { cause: error });
  } finally {
    await history.close();
  }
}

/** The command that repeats a history alone, on a server of its own. */
function commandFor(seed: number): string {
  return `Repeat it: INFILL_MODEL_SEED=${seed} INFILL_MODEL_RUNS=1 npx vitest run --project redis firstHistories`;
}

/** A digest of the state in Redis, with jobs in their order. */
function digestOf({ backfills, claims, settlements, statuses, jobs }: EngineView): string {
  const hash = createHash("sha1");
  hash.update(JSON.stringify([[...jobs], statuses, [...settlements]]));
  hash.update(
    JSON.stringify(
      Array.from(claims, ([{ asset, key }, entry]) => `${asset} ${key} ${entry}`).sort(),
    ),
  );
  for (const [id, { status, standings, controls }] of backfills) {
    const counts = Array.from(
      standings,
      ([{ asset, key }, standing]) => `${asset} ${key} ${standing}`,
    );
    hash.update(JSON.stringify([id, status, counts.sort(), [...controls]]));
  }
  return hash.digest("hex").slice(0, 12);
}

/** A claim of a dead worker. */
interface LateClaim {
  readonly worker: SimulatedWorker;
  readonly claim: HeldClaim;
}

class EngineHistory {
  readonly #random: SeededRandom;
  readonly #store: StateStore;
  readonly #project: Project;
  readonly #registered: ReadonlyMap<string, RegisteredAsset>;
  readonly #client: InfillClient;
  readonly #queues: LimitedQueues;
  readonly #redis: Redis;
  readonly #bulls: ReadonlyMap<string, Worker>;
  readonly #model: EngineModel;
  readonly #viewer: EngineViewer;
  readonly #planners: SimulatedPlanner[];
  readonly #workers: SimulatedWorker[] = [];
  /** Claims of dead workers whose settlements may still arrive. */
  #late: LateClaim[] = [];
  /** Jobs that may once be in excess, because a worker was frozen for longer than its lease. */
  #leftBehind = 0;
  readonly #actions: WorkerActions;
  readonly #users: UserActions;
  readonly #slots: number;
  /** Jobs in Redis at the last check, by pool. */
  #jobs: EngineView["jobs"] = new Map();
  readonly #steps: string[] = [];
  readonly #kinds = new Map<string, number>();
  readonly #trace: string[] = [];

  private constructor(
    seed: number,
    store: StateStore,
    project: Project,
    registered: ReadonlyMap<string, RegisteredAsset>,
    client: InfillClient,
    random: SeededRandom,
  ) {
    this.#random = random;
    this.#store = store;
    this.#project = project;
    this.#registered = registered;
    this.#client = client;
    const pools = [...project.pools.keys()];
    const budget = new CallBudget();
    this.#queues = new LimitedQueues(store, budget);
    // Sends the calls of one turn of the event loop together, since BullMQ takes and finishes
    // single jobs.
    this.#redis = new Redis(store.url, {
      ...connectionOptions("model"),
      enableAutoPipelining: true,
    });
    this.#bulls = new Map(
      pools.map((pool) => [
        pool,
        new Worker(pool, null, {
          connection: this.#redis,
          prefix: store.keys.poolPrefix(pool),
          autorun: false,
          lockDuration: foreverMs,
          skipStalledCheck: true,
          maxStalledCount: 1_000_000,
          removeOnComplete: { count: 0 },
          removeOnFail: { count: 0 },
        }),
      ]),
    );
    const partitions = modelPartitions(project.graph, registered);
    this.#model = new EngineModel(project.graph, partitions);
    this.#viewer = new EngineViewer(store, this.#queues, pools, partitions);
    this.#planners = Array.from(
      {
        length: random.weighted([
          [3, 1],
          [2, 2],
        ]),
      },
      () =>
        new SimulatedPlanner(store, budget, this.#queues, project, registered, () =>
          this.#workers.map((worker) => worker.entry(project)),
        ),
    );
    this.#slots = random.pick([4, 8, 16]);
    this.#actions = new WorkerActions(store, registered, this.#bulls, this.#model, random);
    const mostSlots = mostWorkers * this.#slots;
    this.#users = new UserActions(
      store,
      project,
      registered,
      client,
      this.#model,
      random,
      mostSlots,
    );
    for (let count = random.between(1, mostWorkers - 1); count > 0; count--) this.#hire();
    this.#steps.push(`seed ${seed}`);
  }

  static async begin(shared: StateStore, seed: number): Promise<EngineHistory> {
    const random = new SeededRandom(seed);
    const namespace = `model${seed}`;
    const project = randomProject(random, namespace, sizes);
    const store = { ...shared, namespace, keys: stateKeys(namespace) };
    const registered = await registerProject(store, project);
    // A generator of its own, so that the number of random bytes in an id does not change the
    // history.
    const ids = new SeededRandom(~seed);
    const client = await connect(project, {
      redisUrl: shared.url,
      now: () => historyNow.nowMs,
      randomBytes: (count) => Array.from({ length: count }, () => ids.between(0, 255)),
    });
    return new EngineHistory(seed, store, project, registered, client, random);
  }

  async close(): Promise<void> {
    for (const bull of this.#bulls.values()) await bull.close(true);
    this.#redis.disconnect();
    await this.#queues.close();
    await this.#client.close();
  }

  async run(): Promise<HistoryFacts> {
    const random = this.#random;
    const users = this.#users;
    await this.#asked(users.submit("*"));
    for (let left = random.between(30, 120); left > 0; left--) {
      await random.weighted<() => Promise<void>>([
        [10, () => this.#plan()],
        [10, () => this.#take()],
        [12, () => this.#settle()],
        [1.5, () => this.#release()],
        [2, () => this.#promote()],
        [1, () => this.#lapse()],
        [1, () => this.#stall()],
        [1, () => this.#die()],
        [0.7, () => this.#freeze()],
        [1, () => this.#settleLate()],
        [1, () => this.#loseJob()],
        [0.5, () => this.#gap()],
        [0.5, () => this.#restartPlanner()],
        [0.3, () => this.#asked(users.control("cancel"))],
        [0.4, () => this.#asked(users.control("pause"))],
        [0.3, () => this.#asked(users.control("stop"))],
        [1, () => this.#asked(users.control("resume"))],
        [0.6, () => this.#asked(users.retry())],
        [0.4, () => this.#asked(users.submit(undefined))],
        [0.5, () => this.#asked(users.changeSettings())],
        [0.3, () => this.#asked(users.drop())],
        [0.4, () => this.#asked(users.add())],
        [0.7, () => this.#asked(users.seal())],
      ])();
    }
    await this.#finish();
    for (const backfill of this.#model.backfills.values())
      await this.#asked(users.sealOf(backfill));
    const [first] = this.#model.backfills.values();
    return {
      partitions: first?.standings.size ?? 0,
      steps: this.#steps.length,
      kinds: this.#kinds,
      trace: this.#trace,
    };
  }

  /** The last steps and the error. */
  story(error: unknown): string {
    const problem = error instanceof Error ? error.message : String(error);
    const assets = Array.from(
      this.#project.graph.assets.values(),
      ({ name, pool, partitions, dependencies }) =>
        `  ${name} (${pool}): ${partitions.kind}, of ${dependencies.map((each) => `${each.asset} by ${each.mapping?.kind ?? "default"}`).join(", ") || "nothing"}`,
    );
    return [
      problem,
      `${this.#planners.length} planners, ${this.#slots} slots`,
      "Assets:",
      ...assets,
      "Last steps:",
      ...this.#steps.slice(-25).map((step) => `  ${step}`),
    ].join("\n");
  }

  /** Records a step and compares. */
  async #check(kind: string, what: string, isPlanners = false): Promise<EngineView> {
    this.#steps.push(`${kind} ${what}`);
    this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1);
    const view = await this.#viewer.look([...this.#model.backfills.values()]);
    this.#jobs = view.jobs;
    this.#trace.push(`${kind} ${what} ${digestOf(view)}`);
    for (const planner of this.#planners) planner.emit(view);
    checkEngine(this.#model, view, isPlanners);
    for (const backfill of this.#model.backfills.values()) this.#checkWindow(backfill, view);
    return view;
  }

  /** Redis never has more jobs than the window permits. */
  #checkWindow(backfill: ModelBackfill, view: EngineView): void {
    const entries = this.#workers.map((worker) => worker.entry(this.#project));
    const pools = new Set(backfill.assets.map((asset) => this.#registered.get(asset)?.asset.pool));
    for (const [pool, jobs] of view.jobs) {
      const share =
        backfill.window === undefined
          ? undefined
          : Math.max(1, Math.floor(backfill.window / pools.size));
      const { window } = windowSize(slotsOf(entries, pool), share);
      const count = jobs.filter((id) => id.startsWith(`${backfill.id}-`)).length;
      // Each planner that plans the backfill at the same time may fill a window.
      if (count > window * this.#planners.length + this.#leftBehind)
        throw new Error(
          `pool ${pool} holds ${count} jobs of ${backfill.id}; its window is ${window}`,
        );
    }
  }

  async #asked(asking: Promise<Step | undefined>): Promise<void> {
    const step = await asking;
    if (step !== undefined) await this.#check(step.kind, step.what);
  }

  #hire(): void {
    this.#workers.push(new SimulatedWorker(`w${this.#workers.length + 1}`, this.#slots));
  }

  /** A worker with claims, if there is one. */
  #busy(): SimulatedWorker {
    const busy = this.#alive().filter(({ claims }) => claims.length > 0);
    return this.#random.pick(busy.length > 0 ? busy : this.#alive());
  }

  #alive(): SimulatedWorker[] {
    return this.#workers.filter((worker) => !worker.isDead);
  }

  async #plan(): Promise<void> {
    const random = this.#random;
    const index = random.between(0, this.#planners.length - 1);
    const planner = random.pick(this.#planners.slice(index, index + 1));
    await planner.hear(random.pick([0, 0.5, 1, 1, 1]));
    if (random.chance(0.3)) await planner.adoptActive();
    const cutOff = random.chance(0.15)
      ? { calls: random.between(0, 40), dies: random.chance(0.7) }
      : undefined;
    const reconcile = random.chance(0.2);
    const what = await planner.step({ reconcile, ...(cutOff === undefined ? {} : { cutOff }) });
    await this.#check(what === "cut off" ? "cut off" : "plan", `planner ${index}`, true);
  }

  async #gap(): Promise<void> {
    this.#random.pick(this.#planners).gap();
    await this.#check("gap", "");
  }

  async #restartPlanner(): Promise<void> {
    const planner = this.#random.pick(this.#planners);
    planner.die();
    await planner.adoptActive();
    await this.#check("restart", "of a planner");
  }

  /** A worker takes jobs of a pool for its free slots, and claims their partitions. */
  async #take(): Promise<void> {
    const worker = this.#random.pick(this.#alive());
    const filled = [...this.#bulls.keys()].filter((pool) => this.#jobs.get(pool)?.length !== 0);
    const pool = this.#random.pick(filled.length > 0 ? filled : [...this.#bulls.keys()]);
    const most = this.#random.pick([1, Infinity, Infinity]);
    const taken = await this.#actions.take(worker, pool, most);
    await this.#check("take", `${taken} jobs of ${pool} by ${worker.id}`);
  }

  /** Some functions of a worker end, a part of them with an error. */
  async #settle(): Promise<void> {
    const worker = this.#busy();
    await this.#check("settle", await this.#actions.endSome(worker, false));
  }

  /** A worker drains and gives some of its claims back. */
  async #release(): Promise<void> {
    const worker = this.#random.pick(this.#alive());
    const given = this.#random.some(worker.claims, this.#random.between(1, 4));
    await this.#actions.release(worker, given, "give_back");
    await this.#actions.ended(worker, given);
    await this.#check("give back", `${given.length} by ${worker.id}`);
  }

  /** Delayed jobs become due. */
  async #promote(): Promise<void> {
    let promoted = 0;
    for (const pool of this.#bulls.keys()) {
      for (const job of await this.#queues.queue(pool).getJobs(["delayed"])) {
        await job.promote();
        promoted++;
      }
    }
    await this.#check("promote", `${promoted} jobs`);
  }

  async #lapse(): Promise<void> {
    let lapsed = 0;
    for (const asset of this.#model.partitions.keys()) {
      const count = await lapseSessions(this.#store, asset);
      const expected = this.#model.lapse(asset);
      if (count !== expected)
        throw new Error(`${count} claims of ${asset} lapsed, expected ${expected}`);
      lapsed += count;
    }
    await this.#check("lapse", `${lapsed} claims`);
  }

  /**
   * BullMQ's check for stalled jobs. It marks active jobs and takes the marked ones back at the
   * next check, in the order of a Redis set, which differs between servers. So each job is marked
   * and taken back alone.
   */
  async #stall(): Promise<void> {
    const { redis } = this.#store;
    for (const [pool, bull] of this.#bulls) {
      const key = (name: string) => this.#queues.queue(pool).toKey(name);
      // BullMQ's timer calls it otherwise.
      const look: unknown = Reflect.get(bull, "moveStalledJobsToWait");
      if (typeof look !== "function") throw new Error("Bug: BullMQ has no stall check");
      for (const id of await redis.lrange(key("active"), 0, -1)) {
        if ((await redis.exists(`${key(id)}:lock`)) === 1) continue;
        await redis.del(key("stalled-check"), key("stalled"));
        await redis.sadd(key("stalled"), id);
        await look.call(bull);
      }
    }
    await this.#check("stall", "");
  }

  /** A worker's process dies and another one replaces it. */
  async #die(): Promise<void> {
    if (this.#workers.length >= mostWorkers) return;
    const worker = this.#busy();
    worker.isDead = true;
    await this.#loseLease(worker);
    for (const claim of worker.claims) this.#late.push({ worker, claim });
    this.#hire();
    await this.#check("die", `${worker.id} with ${worker.claims.length} claims`);
  }

  /** A worker freezes until its lease is over, then continues. */
  async #freeze(): Promise<void> {
    const worker = this.#busy();
    this.#leftBehind += worker.jobs.size;
    await this.#loseLease(worker);
    await this.#check("freeze", `${worker.id} with ${worker.claims.length} claims`);
  }

  async #loseLease(worker: SimulatedWorker): Promise<void> {
    for (const asset of this.#model.partitions.keys()) {
      await this.#store.redis.zadd(this.#store.keys.sessions(asset), "XX", 1, worker.session);
      this.#model.expire(asset, worker.session);
    }
    for (const held of worker.jobs) {
      held.isLockLost = true;
      const { pool, job } = held;
      await this.#store.redis.del(`${this.#queues.queue(pool).toKey(job.id ?? "")}:lock`);
    }
  }

  /**
   * Settlements of dead workers arrive, first those of partitions that another worker has claimed
   * since.
   */
  async #settleLate(): Promise<void> {
    const isTaken = ({ worker, claim: { partition } }: LateClaim) =>
      partition.claim?.state === "R" && partition.claim.session !== worker.session;
    const late = [
      ...this.#late.filter((each) => isTaken(each)),
      ...this.#late.filter((each) => !isTaken(each)),
    ];
    const some = late.slice(0, this.#random.between(0, 6));
    this.#late = this.#late.filter((each) => !some.includes(each));
    for (const { worker, claim } of some)
      await this.#actions.settle(worker, [
        [claim, this.#random.pick(["succeeded", "failed"] as const)],
      ]);
    await this.#check("late", `${some.length} settlements`);
  }

  /** A queue loses jobs. */
  async #loseJob(): Promise<void> {
    const pool = this.#random.pick([...this.#bulls.keys()]);
    const queue = this.#queues.queue(pool);
    const jobs = await queue.getJobs(["waiting", "prioritized", "delayed"], 0, 100);
    const lost = this.#random.some(
      jobs.map((job) => job.id ?? "").sort(),
      this.#random.between(1, 5),
    );
    for (const id of lost) await queue.remove(id);
    await this.#check("lose", `${lost.length} jobs of ${pool}`);
  }

  /**
   * No more faults: within a bounded number of rounds every backfill ends and every queue becomes
   * empty.
   */
  async #finish(): Promise<void> {
    const partitions = Array.from(this.#model.backfills.values()).reduce(
      (sum, { standings }) => sum + standings.size,
      0,
    );
    // In each round every backfill that can progress finishes some job, unless a lease or a backoff
    // must end first.
    let isIdle = true;
    for (let rounds = 2 * partitions + 50; rounds > 0; rounds--) {
      for (const planner of this.#planners) {
        await planner.hear(1);
        if (isIdle) await planner.adoptActive();
        await planner.step({ reconcile: isIdle });
      }
      const view = await this.#check("plan", "all", true);
      const jobs = [...view.jobs.values()].flat().length;
      if (
        jobs === 0 &&
        Array.from(this.#model.backfills.values()).every(({ status }) => isFinalStatus(status))
      )
        return;
      for (const { id, status } of this.#model.backfills.values()) {
        if (status !== "paused") continue;
        await this.#asked(this.#users.resumeOf(id));
      }
      const workers = this.#alive();
      const held = workers.reduce((sum, worker) => sum + worker.claims.length, 0);
      let taken = 0;
      for (const worker of workers)
        for (const pool of this.#bulls.keys())
          taken += await this.#actions.take(worker, pool, Infinity);
      await this.#check("take", `${taken} jobs by all`);
      // Other workers have now claimed what the dead workers held.
      if (isIdle && taken > 0) await this.#settleLate();
      isIdle = taken + held === 0;
      if (!isIdle) {
        const done: string[] = [];
        for (const worker of workers) done.push(await this.#actions.endSome(worker, true));
        await this.#check("settle", done.join("; "));
        continue;
      }
      await this.#lapse();
      await this.#stall();
      await this.#promote();
    }
    throw new Error("stranded: the history does not end");
  }
}
