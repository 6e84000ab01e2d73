import {
  type AnyAsset,
  type AssetGraph,
  errorLine,
  type Logger,
  logWith,
  type PartitionJob,
  retryDelayMs,
  storedMetadata,
} from "@infill/core";
import type { Coordinates, PartitionsContext } from "@infill/partitions";
import type { Release, Settlement } from "@infill/state";
import type { PartitionPermits } from "../claim/partitionPermits.ts";
import { errorNote } from "../run/errorNote.ts";
import { materialize, type MaterializeCall } from "../run/materialize.ts";
import type { AbortReason } from "../run/partitionAbortedError.ts";
import { ClaimLapsedError, ProcessDiedError } from "../run/partitionGivenUp.ts";
import type { RunningClaim, RunningClaims } from "../run/runningClaims.ts";
import { StopOrder } from "../run/stopOrder.ts";
import type { Heartbeat } from "../session/heartbeat.ts";

/** What a start needs from its worker. */
export interface StartEnvironment {
  readonly graph: AssetGraph;
  readonly session: string;
  /** How long a stopped function may still run, in milliseconds. */
  readonly graceMs: number;
  /** Starts at which a process died after which the partition fails. */
  readonly maxProcessDeaths: number;
  /** Starts that lost their claim while the process lived after which the partition fails. */
  readonly maxLapses: number;
  readonly running: RunningClaims;
  readonly heartbeat: Pick<Heartbeat, "signOfLife">;
  readonly log: Logger;
}

/** When to deliver a job again; 0 for at once, to another worker. */
export interface Again {
  readonly delayMs: number;
  /** Whether the rest of the job's partitions waits as well. */
  readonly isWhole?: boolean;
}

/** A partition to run. */
export interface RunTarget {
  /** The job that names it, perhaps beside others. */
  readonly job: PartitionJob;
  readonly key: string;
  readonly coordinates: Coordinates;
  readonly planned: PartitionsContext;
  /** Set if its function outlives the claim; resolves when it returns. */
  overrun?: Promise<void>;
}

/** The earlier starts of a claimed partition. */
export interface EarlierStarts {
  readonly attempt: number;
  readonly deaths: number;
  readonly lapses: number;
  readonly freeStarts: number;
  /** Why the last claim lapsed while its process lived; undefined if it did not lapse, or if that is not known. */
  readonly lastLapse?: string;
}

/** How a start ended, and what Redis is to be told of it. */
export type Ending =
  | { readonly settlement: Settlement }
  | { readonly release: Release; readonly again?: Again }
  /** The claim is somebody else's. */
  | "lost";

/** One start of a claimed partition. It can be told to stop from when it is made until `end`. */
export class PartitionStart implements MaterializeCall {
  readonly place: Omit<Release, "how">;
  readonly target: RunTarget;
  readonly asset: AnyAsset;
  readonly stop = new StopOrder();
  readonly attempt: number;
  readonly #environment: StartEnvironment;
  readonly #permits: PartitionPermits;
  readonly #earlier: EarlierStarts;
  readonly #mine: RunningClaim;
  #log: Logger | undefined;

  constructor(
    environment: StartEnvironment,
    permits: PartitionPermits,
    asset: AnyAsset,
    target: RunTarget,
    place: Omit<Release, "how">,
    earlier: EarlierStarts,
  ) {
    this.#environment = environment;
    this.#permits = permits;
    this.asset = asset;
    this.target = target;
    this.place = place;
    this.#earlier = earlier;
    this.attempt = earlier.attempt;
    const { backfillId, claimNumber: number } = place;
    const { stop } = this;
    this.#mine = { number, asset: asset.name, partition: target.key, backfillId, stop };
    environment.running.add(this.#mine);
  }

  get backfillId(): string {
    return this.place.backfillId;
  }

  get key(): string {
    return this.target.key;
  }

  get coordinates(): Coordinates {
    return this.target.coordinates;
  }

  get planned(): PartitionsContext {
    return this.target.planned;
  }

  get graph(): AssetGraph {
    return this.#environment.graph;
  }

  get log(): Logger {
    const { key: partition, backfillId: backfill, attempt } = this;
    this.#log ??= logWith(this.#environment.log, {
      ...{ asset: this.asset.name, partition, backfill, attempt },
    });
    return this.#log;
  }

  get isDebugLogged(): boolean {
    return this.#environment.log.debug !== undefined;
  }

  /** The start is over: nothing tells it to stop any more. */
  end(): void {
    this.#environment.running.delete(this.#mine);
  }

  /** Runs the function unless the partition is to be given up. @param took is told how long the function took, in milliseconds */
  async execute(took: (durationMs: number) => void): Promise<Ending> {
    const startedMs = performance.now();
    const settled = (
      outcome: "succeeded" | "failed",
      note: string | undefined,
      attempt: number,
    ) => {
      const durationMs = performance.now() - startedMs;
      const { backfillId, lane, ordinal, claimNumber } = this.place;
      return {
        settlement: { backfillId, lane, ordinal, claimNumber, outcome, attempt, durationMs, note },
      };
    };
    const givenUp = this.#givenUp();
    if (givenUp !== undefined) {
      this.log.warn("a partition failed; it is not tried again", { error: errorLine(givenUp) });
      // This start did not run, so it does not count.
      return settled("failed", errorNote(givenUp), this.attempt - 1);
    }
    this.#environment.heartbeat.signOfLife();
    try {
      const result = await materialize(this, this.#environment.graceMs);
      const ending = settled("succeeded", this.#metadata(result), this.attempt);
      took(ending.settlement.durationMs);
      return ending;
    } catch (thrown) {
      if (this.stop.reason !== undefined && this.stop.reason !== "timeout")
        return this.stopped(this.stop.reason, true);
      return this.#failed(thrown) ?? settled("failed", errorNote(thrown), this.attempt);
    }
  }

  /**
   * How it ends because it was told to stop.
   *
   * @param hasRun whether the function was started
   */
  stopped(reason: Exclude<AbortReason, "timeout">, hasRun: boolean): Ending {
    if (reason === "lost") return "lost";
    const ran = hasRun ? { ran: {} } : {};
    if (reason === "draining") {
      const how = hasRun ? "give_back" : "unstarted";
      return { release: { ...this.place, how, ...ran }, again: { delayMs: 0, isWhole: true } };
    }
    const how = reason === "canceled" ? "cancel" : "stop";
    return { release: { ...this.place, how, ...ran } };
  }

  /** A start that never took place, and gives its claim back. */
  unstarted(): Ending {
    return { release: { ...this.place, how: "unstarted" } };
  }

  async onOverrun(returned: Promise<void>, isLost: boolean): Promise<void> {
    this.target.overrun = returned;
    const { session, graceMs } = this.#environment;
    const reason = this.stop.reason ?? "stopped";
    const holder = { ...this.place, session, asset: this.asset.name };
    await this.#permits.noteOverrun(holder, this.key, reason);
    if (isLost) return;
    this.log.warn(
      "a function ignores its signal and still runs; it counts for its caps until it returns (infill pool list)",
      { reason, graceMs },
    );
  }

  #givenUp(): Error | undefined {
    const { deaths, lapses, lastLapse } = this.#earlier;
    const { maxProcessDeaths, maxLapses } = this.#environment;
    if (deaths >= maxProcessDeaths) return new ProcessDiedError(deaths);
    if (lapses >= maxLapses) return new ClaimLapsedError(lapses, lastLapse);
    return undefined;
  }

  #metadata(result: unknown): string | undefined {
    const { json, problem } = storedMetadata(result);
    if (problem !== undefined)
      this.log.warn(
        `The metadata of ${this.asset.name} ${this.key} is not stored: ${problem}. The partition is materialized.`,
      );
    return json;
  }

  /** The release for the next attempt; undefined if this was the last one. */
  #failed(thrown: unknown): Ending | undefined {
    const retry = this.target.job.retry ?? this.asset.retry;
    const tries = this.attempt - this.#earlier.freeStarts;
    const error = errorLine(thrown);
    if (tries >= retry.maxAttempts) {
      this.log.warn("a partition failed; it is not tried again", { error, of: retry.maxAttempts });
      return undefined;
    }
    const delayMs = Math.max(1, retryDelayMs(retry, tries, Math.random()));
    this.log.warn("an attempt failed; the partition is tried again", {
      error,
      of: retry.maxAttempts,
      retryInMs: Math.round(delayMs),
    });
    return { release: { ...this.place, how: "retry", ran: { error } }, again: { delayMs } };
  }
}
