import { isFinalStatus, type Project } from "@infill/core";
import { type RegisteredAssets, registerProject, stateKeys, type StateStore } from "@infill/state";
import { connect, type InfillClient } from "@infill/client";
import { CallBudget } from "./callBudget.testing.ts";
import { checkEngine } from "./checkEngine.testing.ts";
import { checkWindows } from "./checkWindows.testing.ts";
import { EngineModel } from "./engineModel.testing.ts";
import { EngineViewer, type EngineView } from "./engineView.testing.ts";
import { foreverMs, HistoryPlanner } from "./historyPlanner.testing.ts";
import { HistoryQueues } from "./historyQueues.testing.ts";
import { commandFor, digestOf } from "./historyTrace.testing.ts";
import { HistoryWorkers, mostWorkers } from "./historyWorkers.testing.ts";
import { modelPartitions } from "./modelPartitions.testing.ts";
import { historyNow, randomProject } from "./randomProject.testing.ts";
import { SeededRandom } from "./seededRandom.testing.ts";
import { type Step, UserActions } from "./userActions.testing.ts";
import { WorkerActions } from "./workerActions.testing.ts";

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

class EngineHistory {
  readonly #random: SeededRandom;
  readonly #store: StateStore;
  readonly #project: Project;
  readonly #registered: RegisteredAssets;
  readonly #client: InfillClient;
  readonly #queues: HistoryQueues;
  readonly #model: EngineModel;
  readonly #viewer: EngineViewer;
  readonly #planners: readonly HistoryPlanner[];
  readonly #workers: HistoryWorkers;
  readonly #actions: WorkerActions;
  readonly #users: UserActions;
  readonly #slots: number;
  /** How likely the leases of planners end before a planner looks for backfills. */
  readonly #leaseEndChance: number;
  /** Jobs in Redis at the last check, by pool. */
  #jobs: EngineView["jobs"] = new Map();
  readonly #steps: string[] = [];
  readonly #kinds = new Map<string, number>();
  readonly #trace: string[] = [];

  private constructor(
    seed: number,
    store: StateStore,
    project: Project,
    registered: RegisteredAssets,
    client: InfillClient,
    random: SeededRandom,
  ) {
    this.#random = random;
    this.#store = store;
    this.#project = project;
    this.#registered = registered;
    this.#client = client;
    const budget = new CallBudget();
    this.#queues = new HistoryQueues(store, project, budget, random);
    const { queues, bulls } = this.#queues;
    const partitions = modelPartitions(project.graph, registered);
    this.#model = new EngineModel(project.graph, partitions);
    const model = this.#model;
    this.#viewer = new EngineViewer(store, queues, [...project.pools.keys()], partitions);
    const count = random.weighted([
      [3, 1],
      [2, 2],
    ]);
    const world = { store, budget, queues, project, registered, model };
    this.#planners = Array.from({ length: count }, () => new HistoryPlanner(world));
    // Often two planners believe that they hold the lease of one backfill.
    this.#leaseEndChance = random.pick([0.1, 0.5, 1]);
    this.#slots = random.pick([4, 8, 16]);
    this.#actions = new WorkerActions(store, registered, bulls, model, random);
    this.#workers = new HistoryWorkers(
      ...([store, project, model, this.#queues, this.#actions, random, this.#slots] as const),
    );
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
    const history = new EngineHistory(seed, store, project, registered, client, random);
    for (let count = random.between(1, mostWorkers - 1); count > 0; count--)
      await history.#workers.hire();
    return history;
  }

  async close(): Promise<void> {
    await this.#queues.close();
    await this.#client.close();
  }

  async run(): Promise<HistoryFacts> {
    const random = this.#random;
    const [users, queues, workers] = [this.#users, this.#queues, this.#workers];
    await this.#asked(users.submit("*"));
    for (let left = random.between(30, 120); left > 0; left--) {
      await random.weighted<() => Promise<void>>([
        [10, () => this.#plan()],
        [10, () => this.#take()],
        [12, () => this.#settle()],
        [1.5, () => this.#release()],
        [2, () => this.#asked(queues.promote())],
        [1, () => this.#asked(workers.lapse())],
        [1, () => this.#asked(queues.stall())],
        [1, () => this.#asked(workers.die())],
        [0.7, () => this.#asked(workers.freeze())],
        [1, () => this.#asked(workers.settleLate())],
        [1, () => this.#asked(queues.loseJob())],
        [0.5, () => this.#trim()],
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
    checkWindows({
      ...{ project: this.#project, registered: this.#registered, model: this.#model, view },
      workers: this.#workers,
      planners: this.#planners.length,
    });
    return view;
  }

  async #asked(asking: Promise<Step | undefined>): Promise<void> {
    const step = await asking;
    if (step !== undefined) await this.#check(step.kind, step.what);
  }

  async #plan(): Promise<void> {
    const random = this.#random;
    const index = random.between(0, this.#planners.length - 1);
    const planner = random.pick(this.#planners.slice(index, index + 1));
    const part = random.pick([0, 0.5, 1, 1, 1]);
    const tick = random.chance(0.35);
    if (tick && random.chance(this.#leaseEndChance)) await this.#endLeases();
    const advanceMs = random.pick([5, 100, 2_000, foreverMs + 1]);
    const cutOff = random.chance(0.15)
      ? { calls: random.between(0, 40), dies: random.chance(0.7) }
      : undefined;
    const what = await planner.step({
      ...{ part, tick, advanceMs },
      ...(cutOff === undefined ? {} : { cutOff }),
    });
    await this.#check(what === "stepped" ? "plan" : what, `planner ${index}`, true);
  }

  /** The leases of all planners end, though each planner may still believe in its own. */
  async #endLeases(): Promise<void> {
    const { redis, keys } = this.#store;
    for (const id of this.#model.backfills.keys()) await redis.del(keys.backfillLease(id));
  }

  async #trim(): Promise<void> {
    this.#random.pick(this.#planners).trim();
    await this.#check("gap", "");
  }

  async #restartPlanner(): Promise<void> {
    await this.#random.pick(this.#planners).restart();
    await this.#check("restart", "of a planner");
  }

  /** A worker takes jobs of a pool for its free slots, and claims their partitions. */
  async #take(): Promise<void> {
    const worker = this.#random.pick(this.#workers.alive());
    const pool = this.#queues.pickFilled(this.#jobs);
    const most = this.#random.pick([1, Infinity, Infinity]);
    const taken = await this.#actions.take(worker, pool, most);
    await this.#check("take", `${taken} jobs of ${pool} by ${worker.id}`);
  }

  /** Some functions of a worker end, a part of them with an error. */
  async #settle(): Promise<void> {
    const worker = this.#workers.busy();
    await this.#check("settle", await this.#actions.endSome(worker, false));
  }

  /** A worker drains and gives some of its claims back. */
  async #release(): Promise<void> {
    const worker = this.#random.pick(this.#workers.alive());
    const given = this.#random.some(worker.claims, this.#random.between(1, 4));
    await this.#actions.release(worker, given, "give_back");
    await this.#actions.ended(worker, given);
    await this.#check("give back", `${given.length} by ${worker.id}`);
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
        if (isIdle) await this.#endLeases();
        await planner.step({ part: 1, tick: isIdle, advanceMs: 2_000 });
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
      const workers = this.#workers.alive();
      const held = workers.reduce((sum, worker) => sum + worker.claims.length, 0);
      let taken = 0;
      for (const worker of workers)
        for (const pool of this.#queues.bulls.keys())
          taken += await this.#actions.take(worker, pool, Infinity);
      await this.#check("take", `${taken} jobs by all`);
      // Other workers have now claimed what the dead workers held.
      if (isIdle && taken > 0) await this.#asked(this.#workers.settleLate());
      isIdle = taken + held === 0;
      if (!isIdle) {
        const done: string[] = [];
        for (const worker of workers) done.push(await this.#actions.endSome(worker, true));
        await this.#check("settle", done.join("; "));
        continue;
      }
      await this.#asked(this.#workers.lapse());
      await this.#asked(this.#queues.stall());
      await this.#asked(this.#queues.promote());
    }
    throw new Error("stranded: the history does not end");
  }
}
