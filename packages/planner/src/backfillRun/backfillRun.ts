import { crashPoint, isFinalStatus, turns } from "@infill/core";
import type { PartitionsContext } from "@infill/partitions";
import {
  assetScopes,
  type BackfillRecord,
  olderThanNeeded,
  setControlOfLedgers,
  readBackfill,
  readBackfillCap,
  redisTimeMs,
  type SettlementEvent,
  setBackfillCap,
  setBackfillStatus,
} from "@infill/state";
import type { AssetProgress } from "../progress/assetProgress.ts";
import { tryToEndCanceled, tryToEndSettled } from "./tryToEnd.ts";
import { DoomedPartitions } from "../progress/doomedPartitions.ts";
import { FailureAlert } from "./failureAlert.ts";
import { loadBackfill, OutdatedProjectError } from "../progress/loadBackfill.ts";
import { LostJobs } from "../window/lostJobs.ts";
import { PartitionJobs } from "../jobs/partitionJobs.ts";
import { pauseByItself } from "./pauseByItself.ts";
import { planContext } from "@infill/planning";
import type { Contender } from "../window/poolShares.ts";
import { Readiness } from "../progress/readiness.ts";
import type { RunEnvironment } from "../window/runEnvironment.ts";
import { RunLimits } from "./runLimits.ts";
import { takeInSettlements } from "./takeInSettlements.ts";
import { sweepWindow } from "../window/sweepWindow.ts";
import { WindowRefill } from "../window/windowRefill.ts";

/**
 * One backfill, run by the planner that holds its lease.
 *
 * `load` reads its state, `observe` takes in settlements, and `advance` refills the window, skips
 * doomed partitions and ends the backfill. Everything in memory can be read again from the ledgers
 * at any time, and is read again after a failed step. Two runs of one backfill at once do no harm:
 * reservations are atomic, job ids are equal, and each claim is granted once.
 */
export class BackfillRun {
  readonly id: string;
  readonly #environment: RunEnvironment;
  /** As last read; its status may have changed since. */
  #record: BackfillRecord;
  /** What existed at the moment of its plan; without dynamic keys until it is loaded. */
  #context: PartitionsContext;
  readonly #jobs: PartitionJobs;
  readonly #refill: WindowRefill;
  readonly #lostJobs: LostJobs;
  readonly #doomed: DoomedPartitions;
  /** Whether the queue no longer has the jobs of a paused or canceled backfill. */
  #isSwept = false;
  #assets: ReadonlyMap<string, AssetProgress> = new Map();
  #readiness: Readiness;
  readonly #limits: RunLimits;
  readonly #alert: FailureAlert;
  #needsLoad = false;
  #isHeldUp = false;

  constructor(environment: RunEnvironment, record: BackfillRecord) {
    this.id = record.id;
    this.#environment = environment;
    this.#record = record;
    this.#context = { nowMs: record.header.plannedMs };
    const { store, queues, registered, pools } = environment;
    const scopes = new Map(
      record.header.assets.flatMap((name) => {
        const known = registered.get(name);
        if (known === undefined) return [];
        return [[name, assetScopes(known, pools.get(known.asset.pool))]];
      }),
    );
    this.#jobs = new PartitionJobs(store, queues, record, scopes);
    this.#refill = new WindowRefill(environment, this.#jobs, scopes);
    this.#lostJobs = new LostJobs(environment, this.#jobs, record.id);
    this.#doomed = new DoomedPartitions(store, record.id);
    this.#limits = new RunLimits(store, environment.graph);
    this.#alert = new FailureAlert(environment);
    this.#readiness = new Readiness(environment.graph, this.#assets, this.#context);
  }

  /** The assets whose settlements it needs. */
  get assets(): readonly string[] {
    return this.#record.header.assets;
  }

  /** Whether something has happened that requires reading everything again. */
  get needsLoad(): boolean {
    return this.#needsLoad;
  }

  /** Whether the window has no room only because settled jobs are still in Redis. */
  get isHeldUp(): boolean {
    return this.#isHeldUp;
  }

  /** Its weight in a pool; undefined if it has nothing to do there. */
  contends(pool: string): Contender | undefined {
    if (this.#record.status !== "running") return undefined;
    const wants =
      this.#jobs.index.counts(pool).all > 0 ||
      Array.from(this.#assets.values()).some(
        (asset) => asset.pool === pool && asset.count("ready") > 0,
      );
    return wants ? this.#contender() : undefined;
  }

  #contender(): Contender {
    const { settings, header } = this.#record;
    return { id: this.id, weight: settings.weight, origin: header.request.origin };
  }

  /**
   * Reads everything again. Follow the settlements of its assets before this call, so that none is
   * missed.
   */
  async load(): Promise<void> {
    const { store, graph, registered } = this.#environment;
    await this.readStatus();
    this.#needsLoad = false;
    const { header } = this.#record;
    // Leave out dynamic keys that none of its assets uses.
    const own = new Map(
      header.assets.flatMap((name) => {
        const asset = registered.get(name);
        return asset === undefined ? [] : [[name, asset]];
      }),
    );
    this.#context = await planContext(store, own, header);
    // Dynamic keys that were removed after the plan no longer exist.
    const now = await planContext(store, own, { plannedMs: header.plannedMs });
    this.#assets = await loadBackfill(
      ...([store, graph, registered, this.id, this.assets, now] as const),
      this.#environment.versions,
    );
    this.#readiness = new Readiness(graph, this.#assets, this.#context);
    await this.#readiness.computeInTurns();
    await this.#limits.load(this.#record, this.#assets);
    await this.#alert.load(this.#record);
    this.#lostJobs.reset();
    this.#doomed.reset();
    this.#isSwept = false;
    for (const asset of this.#assets.values()) {
      await turns.next();
      for (const lane of asset.lanes()) {
        const ordinals = lane.lost();
        if (ordinals.length > 0) this.#doomed.add(asset, { lane, ordinals }, "ledger");
      }
    }
    await this.#jobs.load(this.#assets, this.#context);
    if (this.#record.status === "running") await this.#addMissingJobs(true);
  }

  /**
   * Reads its status again and writes the control to the ledgers, in case the caller that changed
   * the status died first.
   *
   * @throws OutdatedProjectError if it needs a newer project than this planner's
   */
  async readStatus(): Promise<void> {
    const { store } = this.#environment;
    const before = this.#record.status;
    await this.#repeatCap();
    await this.#requireProject();
    // The window was swept while the backfill was paused.
    if (this.#record.status === "running" && before !== "running") this.#needsLoad = true;
    if (!isFinalStatus(this.#record.status)) await setControlOfLedgers(store, this.#record);
    this.#isSwept = false;
  }

  /**
   * Reads the cap, then the record; a change writes the record first. If they differ, the caller of
   * the change died in between, or two changes were concurrent.
   */
  async #repeatCap(): Promise<void> {
    const { store } = this.#environment;
    const cap = await readBackfillCap(store, this.id);
    this.#record = await readBackfill(store, this.id);
    const { concurrency } = this.#record.settings;
    if (cap !== concurrency) await setBackfillCap(store, this.id, concurrency, this.assets);
  }

  /** A newer project may have raised its versions since this planner took it on. */
  async #requireProject(): Promise<void> {
    const { store, versions } = this.#environment;
    const { status } = this.#record;
    // What is canceled comes to its end without its definitions.
    if (versions === undefined || (status !== "running" && status !== "paused")) return;
    const [older] = await olderThanNeeded(store, versions, this.#record.versions);
    if (older !== undefined) throw new OutdatedProjectError(older);
  }

  /** Takes in events of the settlement stream. A repeated event changes nothing. */
  observe(events: readonly SettlementEvent[]): void {
    if (events.length > 0) crashPoint("after:observe");
    const hasNewSelection = takeInSettlements(events, {
      assets: this.#assets,
      jobs: this.#jobs,
      lostJobs: this.#lostJobs,
      doomed: this.#doomed,
      readiness: this.#readiness,
      onSettled: (isFailed, count) => {
        this.#limits.observe(this.#record, isFailed, count);
        this.#alert.observe(isFailed, count);
      },
    });
    if (hasNewSelection) this.#needsLoad = true;
  }

  /**
   * Does everything that can be done now.
   *
   * @returns whether the backfill has ended
   */
  async advance(): Promise<boolean> {
    const { status } = this.#record;
    this.#isHeldUp = false;
    if (isFinalStatus(status)) return true;
    if (status === "canceling") return this.#finishCancel();
    // The state in memory is from before the resume, such as a failed canary.
    if (this.#needsLoad) return false;
    await this.#skipDoomed();
    if (status === "paused") {
      await this.#sweep();
      return this.#finish();
    }
    if (await this.#pauseByItself()) return this.advance();
    await this.#lostJobs.addReleased(this.#record.settings);
    this.#isHeldUp = await this.#refill.fill(this.#record, this.#assets, this.#contender());
    if (await this.#finish()) return true;
    await this.#alert.check(this.#record);
    return false;
  }

  /**
   * Pauses if a budget is exceeded or the canary has failed. @returns whether it paused, or its
   * status was changed meanwhile
   */
  async #pauseByItself(): Promise<boolean> {
    const { log } = this.#environment;
    const due = await this.#limits.exceeded(this.#record);
    if (due === undefined) {
      if (await this.#limits.passCanary(this.id)) await this.#readiness.computeInTurns();
      return false;
    }
    const { cause, reason } = due;
    // If every partition has settled, end the backfill: a pause would require a needless resume.
    if (await this.#finish()) {
      await this.readStatus();
      return true;
    }
    const hasPaused = await pauseByItself(this.#environment, this.#record, cause, reason);
    crashPoint("after:pause");
    if (hasPaused) log.warn("a backfill pauses by itself", { backfill: this.id, reason });
    await this.readStatus();
    return true;
  }

  /** Adds lost jobs again, such as those of a planner that died between reserving and adding. */
  async reconcile(): Promise<void> {
    // Read the status too: an event about it may have been missed.
    await this.readStatus();
    if (this.#record.status === "running") {
      await this.#lostJobs.removeStray(this.#assets.values());
      await this.#addMissingJobs(false);
    }
    if (this.#record.status === "paused") await this.#resumeInTime();
  }

  async #addMissingJobs(atOnce: boolean): Promise<void> {
    await this.#lostJobs.addMissing(this.#assets.values(), this.#record.settings, atOnce);
  }

  /** Resumes a backfill whose pause has a time limit that is over. */
  async #resumeInTime(): Promise<void> {
    const { store } = this.#environment;
    const untilMs = this.#record.pause?.untilMs;
    if (untilMs === undefined || (await redisTimeMs(store)) < untilMs) return;
    const by = { actor: "planner", reason: "the time of its pause is over" };
    await setBackfillStatus(store, this.id, { to: "running", from: ["paused"], ...by });
  }

  async #skipDoomed(): Promise<void> {
    while (!(await this.#doomed.skip(this.#readiness))) await this.load();
  }

  /** @param isFresh whether everything has just been read again */
  async #finish(isFresh = false): Promise<boolean> {
    const ending = await tryToEndSettled(this.#environment, this.#record, this.#assets);
    switch (ending.kind) {
      case "ended":
        return true;
      case "open":
        return false;
      case "outdated":
        await this.load();
        return this.advance();
      case "behind":
        break;
    }
    // A retry has probably reopened partitions, and its events are on their way.
    if (!isFresh) {
      await this.load();
      return this.#finish(true);
    }
    // Another worker still runs partitions that the definition no longer has. Wait for their
    // settlements.
    this.#environment.log.warn("the ledger holds partitions that the definitions no longer have", {
      backfill: this.id,
      asset: ending.asset,
    });
    return false;
  }

  async #finishCancel(): Promise<boolean> {
    await this.#sweep();
    const { kind } = await tryToEndCanceled(this.#environment, this.#record);
    if (kind !== "outdated") return kind === "ended";
    await this.readStatus();
    return this.advance();
  }

  async #sweep(): Promise<void> {
    if (!this.#isSwept)
      await sweepWindow(this.#environment, this.#record, this.#assets, this.#jobs);
    this.#isSwept = true;
  }
}
