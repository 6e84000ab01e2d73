import { isFinalStatus, versionsOf } from "@infill/core";
import {
  activeBackfills,
  type BackfillRecord,
  findBackfill,
  type RegisteredWorker,
  UnknownBackfillError,
} from "@infill/state";
import { Contenders } from "../window/contenders.ts";
import type { RunEnvironment } from "../window/runEnvironment.ts";
import { BackfillLease } from "../backfillRun/backfillLease.ts";
import { BackfillRun } from "../backfillRun/backfillRun.ts";
import type { Complaints } from "./complaints.ts";
import { OtherBackfills } from "./otherBackfills.ts";
import type { PlannerParts } from "./plannerParts.ts";
import { ProjectFit } from "./projectFit.ts";
import { RunLoop } from "../backfillRun/runLoop.ts";

/** The backfills whose leases one planner holds: it takes them on, and drops them when they are over. */
export class HeldBackfills {
  readonly #planner: string;
  readonly #parts: PlannerParts;
  readonly #complaints: Complaints;
  readonly #closing: AbortSignal;
  readonly #fit: ProjectFit;
  readonly #runs = new Map<string, RunLoop>();
  /** How many of these backfills name an asset: its settlements are followed while one does. */
  readonly #runsByAsset = new Map<string, number>();
  /** Backfills that are being taken on, and the last status that was heard of each meanwhile. */
  readonly #adopting = new Map<string, string | undefined>();
  readonly #adoptions = new Set<Promise<void>>();
  /** Backfills for which this planner's project turned out to be too old. */
  readonly #outdated = new Set<string>();
  readonly #environment: RunEnvironment;
  /** Those that other planners hold. */
  readonly others: OtherBackfills;

  /**
   * @param planner the planner's id
   * @param closing aborted when the planner closes
   * @param workers the live workers, as of the planner's last look
   */
  constructor(
    planner: string,
    parts: PlannerParts,
    complaints: Complaints,
    closing: AbortSignal,
    workers: () => readonly RegisteredWorker[],
  ) {
    this.#planner = planner;
    this.#parts = parts;
    this.#complaints = complaints;
    this.#closing = closing;
    const { store, project, registered, queues, log } = parts;
    this.#fit = new ProjectFit(store, project, registered, log);
    this.others = new OtherBackfills(store, project);
    const contenders = new Contenders(this.#runs, this.others);
    this.#environment = {
      store,
      queues,
      graph: project.graph,
      versions: versionsOf(project).assets,
      registered,
      log,
      alerts: project.alerts,
      pools: project.pools,
      holdsLease: (id) => this.#runs.get(id)?.holdsLease === true,
      workers,
      contenders: (pool) => contenders.of(pool),
    };
  }

  /** The loop of a backfill that this planner holds. */
  get(id: string): RunLoop | undefined {
    return this.#runs.get(id);
  }

  /** The loops of all, in the order in which they were taken on. */
  list(): readonly RunLoop[] {
    return [...this.#runs.values()];
  }

  /** The assets that some of them name. */
  get assets(): Iterable<string> {
    return this.#runsByAsset.keys();
  }

  /** Whether nothing goes on but waits for the clock. */
  get isResting(): boolean {
    return this.#adoptions.size === 0 && this.list().every((loop) => loop.isResting);
  }

  /** Waits for the steps and adoptions that go on; call it with `closing` aborted, when no other follows. */
  async idle(): Promise<void> {
    await Promise.all([...this.list().map((loop) => loop.idle()), ...this.#adoptions]);
  }

  /** Gives all leases up, so that other planners need not wait for their ends. */
  async releaseLeases(): Promise<void> {
    await Promise.all(this.list().map((loop) => loop.releaseLease()));
  }

  /** Takes in that a backfill was created, or has another status now. */
  hearStatus(id: string, status: string): void {
    if (this.#adopting.has(id)) {
      this.#adopting.set(id, status);
      return;
    }
    const loop = this.#runs.get(id);
    if (loop !== undefined) {
      if (status === "running") loop.reload();
      else loop.readStatus();
    } else if (status === "running" || status === "canceling") void this.adopt(id);
  }

  /** Takes a backfill on beside others, unless that is being done. A failure is logged, and the next tick tries again. */
  adopt(id: string): Promise<void> {
    if (this.#adopting.has(id)) return Promise.resolve();
    this.#adopting.set(id, undefined);
    const adoption = this.#adoptAndHear(id).finally(() => this.#adoptions.delete(adoption));
    this.#adoptions.add(adoption);
    return adoption;
  }

  async #adoptAndHear(id: string): Promise<void> {
    const { adoptSlots } = this.#parts;
    await adoptSlots.take();
    const facts = { backfill: id };
    const problem = "a backfill cannot be planned";
    await this.#complaints.guard(`adopt ${id}`, problem, () => this.#adopt(id), facts);
    adoptSlots.giveBack();
    const heard = this.#adopting.get(id);
    this.#adopting.delete(id);
    if (heard !== undefined && !this.#closing.aborted) this.hearStatus(id, heard);
  }

  async #adopt(id: string): Promise<void> {
    if (this.#closing.aborted) return;
    const { store, leaseMs, tickMs, clock } = this.#parts;
    const record = await findBackfill(store, id);
    if (record === undefined) {
      // One that was deleted a moment ago is named no longer.
      if ((await activeBackfills(store)).includes(id)) throw new UnknownBackfillError(id);
      return;
    }
    if (isFinalStatus(record.status)) return;
    const isCanceling = record.status === "canceling";
    // What is canceled comes to its end without its definitions.
    if (!isCanceling && (this.#outdated.has(id) || (await this.#fit.leavesToOthers(record))))
      return;
    const terms = { planner: this.#planner, leaseMs, tickMs, now: () => clock.nowMs() };
    const lease = new BackfillLease(store, id, terms);
    if (this.#runs.has(id) || !(await lease.renew())) return;
    const unfit = await this.#fit.register(record.header.assets);
    if (unfit !== undefined && !isCanceling) {
      await this.#fit.pauseUnfit(record, unfit);
      await lease.release();
      return;
    }
    if (!this.#runs.has(id)) await this.#hold(record, lease);
  }

  async #hold(record: BackfillRecord, lease: BackfillLease): Promise<void> {
    const { store, log, clock, tickMs, stepSlots, feed } = this.#parts;
    const run = new BackfillRun(this.#environment, record);
    const loop = new RunLoop(run, lease, {
      store,
      log,
      clock,
      closing: this.#closing,
      tickMs,
      slots: stepSlots,
      onOver: (over) => this.#drop(over),
    });
    this.#runs.set(record.id, loop);
    for (const asset of run.assets)
      this.#runsByAsset.set(asset, (this.#runsByAsset.get(asset) ?? 0) + 1);
    try {
      await feed.followAssets(run.assets);
    } catch (error) {
      this.#drop(loop);
      await lease.release();
      throw error;
    }
    log.info("planning a backfill", { backfill: record.id });
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
      this.#parts.feed.unfollowAsset(asset);
    }
  }
}
