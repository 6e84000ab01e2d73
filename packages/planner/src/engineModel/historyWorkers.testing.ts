import type { Project } from "@infill/core";
import { lapseSessions, removeWorker, type StateStore, writeWorker } from "@infill/state";
import type { EngineModel } from "./engineModel.testing.ts";
import { foreverMs } from "./historyPlanner.testing.ts";
import type { HistoryQueues } from "./historyQueues.testing.ts";
import type { SeededRandom } from "./seededRandom.testing.ts";
import { type HeldClaim, SimulatedWorker } from "./simulatedWorker.testing.ts";
import type { Step } from "./userActions.testing.ts";
import type { WorkerActions } from "./workerActions.testing.ts";

/** Workers of a history, those that died included. */
export const mostWorkers = 4;

/** A claim of a dead worker. */
interface LateClaim {
  readonly worker: SimulatedWorker;
  readonly claim: HeldClaim;
}

/** The workers of a history, and what goes wrong with them. */
export class HistoryWorkers {
  readonly #store: StateStore;
  readonly #project: Project;
  readonly #model: EngineModel;
  readonly #queues: HistoryQueues;
  readonly #actions: WorkerActions;
  readonly #random: SeededRandom;
  readonly #slots: number;
  readonly #workers: SimulatedWorker[] = [];
  /** Claims of dead workers, whose settlements may still be on the way. */
  #late: LateClaim[] = [];
  /** Jobs that may be left behind once, because a worker froze for longer than its lease. */
  #leftBehind = 0;

  /** @param slots of each worker in each pool */
  constructor(
    store: StateStore,
    project: Project,
    model: EngineModel,
    queues: HistoryQueues,
    actions: WorkerActions,
    random: SeededRandom,
    slots: number,
  ) {
    this.#store = store;
    this.#project = project;
    this.#model = model;
    this.#queues = queues;
    this.#actions = actions;
    this.#random = random;
    this.#slots = slots;
  }

  get leftBehind(): number {
    return this.#leftBehind;
  }

  /** All, those that died included. */
  get all(): readonly SimulatedWorker[] {
    return this.#workers;
  }

  /** Starts another worker, which planners see at their next look. */
  async hire(): Promise<void> {
    const worker = new SimulatedWorker(`w${this.#workers.length + 1}`, this.#slots);
    this.#workers.push(worker);
    await writeWorker(this.#store, worker.entry(this.#project), foreverMs);
  }

  alive(): SimulatedWorker[] {
    return this.#workers.filter((worker) => !worker.isDead);
  }

  /** A worker that has claims, if one has. */
  busy(): SimulatedWorker {
    const busy = this.alive().filter(({ claims }) => claims.length > 0);
    return this.#random.pick(busy.length > 0 ? busy : this.alive());
  }

  /** The claims of dead sessions lapse. */
  async lapse(): Promise<Step> {
    let lapsed = 0;
    for (const asset of this.#model.partitions.keys()) {
      const count = await lapseSessions(this.#store, asset);
      const expected = this.#model.lapse(asset);
      if (count !== expected)
        throw new Error(`${count} claims of ${asset} lapsed, expected ${expected}`);
      lapsed += count;
    }
    return { kind: "lapse", what: `${lapsed} claims` };
  }

  /** A worker's process dies and another one replaces it. */
  async die(): Promise<Step | undefined> {
    if (this.#workers.length >= mostWorkers) return undefined;
    const worker = this.busy();
    worker.isDead = true;
    await this.#loseLease(worker);
    for (const claim of worker.claims) this.#late.push({ worker, claim });
    await removeWorker(this.#store, worker.id);
    await this.hire();
    return { kind: "die", what: `${worker.id} with ${worker.claims.length} claims` };
  }

  /** A worker freezes until its lease is over, then continues. */
  async freeze(): Promise<Step> {
    const worker = this.busy();
    this.#leftBehind += worker.jobs.size;
    await this.#loseLease(worker);
    return { kind: "freeze", what: `${worker.id} with ${worker.claims.length} claims` };
  }

  async #loseLease(worker: SimulatedWorker): Promise<void> {
    for (const asset of this.#model.partitions.keys()) {
      await this.#store.redis.zadd(this.#store.keys.sessions(asset), "XX", 1, worker.session);
      this.#model.expire(asset, worker.session);
    }
    for (const held of worker.jobs) {
      held.isLockLost = true;
      const { pool, job } = held;
      await this.#store.redis.del(`${this.#queues.queues.queue(pool).toKey(job.id ?? "")}:lock`);
    }
  }

  /**
   * Settlements of dead workers arrive, first those of partitions that another worker has claimed
   * since.
   */
  async settleLate(): Promise<Step> {
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
    return { kind: "late", what: `${some.length} settlements` };
  }
}
