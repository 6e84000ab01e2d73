import { isFinalStatus, type Project, silentLogger } from "@infill/core";
import {
  parseSettlements,
  type RegisteredAsset,
  type RegisteredWorker,
  readBackfill,
  type SettlementEvent,
  type StateStore,
} from "@infill/state";
import { BackfillRun } from "../engine/backfillRun.ts";
import { type AfterStep, RunStep } from "../engine/runStep.ts";
import { PoolQueues } from "@infill/planning";
import type { EngineView } from "./engineView.testing.ts";

/** The planner's process dies, or its connection breaks, before a call to Redis. */
export class CutOff extends Error {}

/** Cuts a planner off after a number of calls to Redis. */
export class CallBudget {
  #left = Number.POSITIVE_INFINITY;

  /** @param calls that still succeed */
  set(calls: number): void {
    this.#left = calls;
  }

  /** @throws CutOff */
  take(): void {
    if (this.#left <= 0) throw new CutOff();
    this.#left--;
  }
}

/** The store, with each command counted in the budget. */
export function limitedStore(store: StateStore, budget: CallBudget): StateStore {
  const redis = new Proxy(store.redis, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        if (name !== "defineCommand") budget.take();
        return value.apply(target, args);
      };
    },
  });
  return { ...store, redis };
}

/**
 * The queues, with each call counted in the budget. Part of a page of jobs is added if the call is
 * cut off.
 */
export class LimitedQueues extends PoolQueues {
  readonly #budget: CallBudget;

  constructor(store: StateStore, budget: CallBudget) {
    super(store, "model");
    this.#budget = budget;
  }

  override async add(...[pool, jobs, priority]: Parameters<PoolQueues["add"]>): Promise<void> {
    try {
      this.#budget.take();
    } catch (error) {
      await super.add(pool, jobs.slice(0, Math.floor(jobs.length / 2)), priority);
      throw error;
    }
    await super.add(pool, jobs, priority);
  }

  override jobsOf(...args: Parameters<PoolQueues["jobsOf"]>): ReturnType<PoolQueues["jobsOf"]> {
    this.#budget.take();
    return super.jobsOf(...args);
  }

  override existing(
    ...args: Parameters<PoolQueues["existing"]>
  ): ReturnType<PoolQueues["existing"]> {
    this.#budget.take();
    return super.existing(...args);
  }

  override remove(...args: Parameters<PoolQueues["remove"]>): Promise<void> {
    this.#budget.take();
    return super.remove(...args);
  }
}

interface OwnedRun {
  readonly run: BackfillRun;
  /** The production code; a history only decides when it is called. */
  readonly step: RunStep;
}

type Heard =
  | { readonly kind: "settlement"; readonly event: SettlementEvent }
  | { readonly kind: "status"; readonly backfillId: string; readonly status: string };

/**
 * One planner process like `Planner`, for which a history decides when it reads events and makes
 * steps.
 */
export class SimulatedPlanner {
  readonly #store: StateStore;
  readonly #budget: CallBudget;
  readonly #queues: PoolQueues;
  readonly #project: Project;
  readonly #registered: ReadonlyMap<string, RegisteredAsset>;
  readonly #workers: () => readonly RegisteredWorker[];
  #runs = new Map<string, OwnedRun>();
  /** Events that this planner has not read yet. */
  #unheard: Heard[] = [];

  constructor(
    store: StateStore,
    budget: CallBudget,
    queues: PoolQueues,
    project: Project,
    registered: ReadonlyMap<string, RegisteredAsset>,
    workers: () => readonly RegisteredWorker[],
  ) {
    this.#store = limitedStore(store, budget);
    this.#budget = budget;
    this.#queues = queues;
    this.#project = project;
    this.#registered = registered;
    this.#workers = workers;
  }

  /** New entries of the streams become events to read. */
  emit({ settlements, statuses }: EngineView): void {
    for (const [asset, texts] of settlements) {
      for (const text of texts)
        for (const event of parseSettlements(asset, text) ?? [])
          this.#unheard.push({ kind: "settlement", event });
    }
    for (const status of statuses) this.#unheard.push({ kind: "status", ...status });
  }

  /** Reads the oldest part of the unread events, from none (0) to all (1). */
  async hear(part: number): Promise<void> {
    for (const heard of this.#unheard.splice(0, Math.ceil(this.#unheard.length * part))) {
      if (heard.kind === "settlement") {
        this.#runs.get(heard.event.backfillId)?.step.hear(heard.event);
        continue;
      }
      const owned = this.#runs.get(heard.backfillId);
      if (owned === undefined) {
        if (heard.status === "running" || heard.status === "canceling")
          await this.#adopt(heard.backfillId);
      } else if (heard.status === "running") owned.step.reload();
      else owned.step.readStatus();
    }
  }

  /** Unread events are trimmed: each run must read its state again. */
  gap(): void {
    this.#unheard = this.#unheard.filter(({ kind }) => kind === "status");
    for (const { step } of this.#runs.values()) step.reload();
  }

  /** Adopts active backfills, including those that no event reported. */
  async adoptActive(): Promise<void> {
    for (const id of (await this.#store.redis.smembers(this.#store.keys.activeBackfills)).sort())
      await this.#adopt(id);
  }

  /**
   * One step of each run.
   *
   * @param cutOff after how many calls to Redis the process dies, or the connection breaks and
   *   returns
   */
  async step(options: {
    readonly reconcile: boolean;
    readonly cutOff?: { readonly calls: number; readonly dies: boolean };
  }): Promise<"stepped" | "cut off"> {
    const { cutOff } = options;
    if (cutOff !== undefined) this.#budget.set(cutOff.calls);
    try {
      for (const [id, owned] of [...this.#runs.entries()]) {
        if (options.reconcile) owned.step.reconcile();
        let after: AfterStep;
        do after = await owned.step.take();
        while (after === "again");
        if (after === "ended") this.#runs.delete(id);
      }
      return "stepped";
    } catch (error) {
      if (!(error instanceof CutOff)) throw error;
      if (cutOff?.dies === true) this.die();
      return "cut off";
    } finally {
      this.#budget.set(Number.POSITIVE_INFINITY);
    }
  }

  /** The process ends; its memory and its unread events are gone. */
  die(): void {
    this.#runs = new Map();
    this.#unheard = [];
  }

  async #adopt(id: string): Promise<void> {
    if (this.#runs.has(id)) return;
    const record = await readBackfill(this.#store, id);
    if (isFinalStatus(record.status)) return;
    const run = new BackfillRun(
      {
        store: this.#store,
        queues: this.#queues,
        graph: this.#project.graph,
        registered: this.#registered,
        log: silentLogger,
        pools: this.#project.pools,
        holdsLease: () => true,
        workers: this.#workers,
        contenders: (pool) =>
          Array.from(this.#runs.values(), (owned) => owned.run.contends(pool) ?? []).flat(),
      },
      record,
    );
    this.#runs.set(id, { run, step: new RunStep(run) });
  }
}
