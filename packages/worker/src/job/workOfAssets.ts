import type { PartitionJob } from "@infill/core";
import type { InfillError } from "@infill/partitions";
import {
  AssetChangingError,
  DefinitionChangedError,
  type RegisteredAsset,
  registerAsset,
  StateUnreadableError,
} from "@infill/state";
import { AssetWork } from "../claim/assetWork.ts";
import type { Heartbeat } from "../session/heartbeat.ts";
import type { JobWarnings } from "./jobWarnings.ts";
import type { RunEnvironment } from "./partitionRuns.ts";

/** What registering an asset and claiming its partitions needs from the worker. */
export interface AssetEnvironment extends RunEnvironment {
  readonly leaseMs: number;
  readonly heartbeat: Pick<Heartbeat, "claimAsked" | "jobStarted" | "signOfLife">;
}

/** The work of this process on each asset. An asset is registered at its first job. */
export class WorkOfAssets {
  readonly #environment: AssetEnvironment;
  readonly #warnings: JobWarnings;
  readonly #work = new Map<string, AssetWork>();

  constructor(environment: AssetEnvironment, warnings: JobWarnings) {
    this.#environment = environment;
    this.#warnings = warnings;
  }

  get(asset: string): AssetWork | undefined {
    return this.#work.get(asset);
  }

  entries(): Iterable<[string, AssetWork]> {
    return this.#work.entries();
  }

  /**
   * Registers the asset of a first job. @returns undefined if the project lacks the asset or its
   * state does not fit
   */
  async open(job: PartitionJob): Promise<AssetWork | undefined> {
    const asset = this.#environment.graph.assets.get(job.asset);
    if (asset === undefined) return undefined;
    try {
      const registered = await registerAsset(this.#environment.store, asset);
      // Another job of the asset may have been faster; the claims are numbered there.
      if (!this.#work.has(job.asset)) this.#use(registered);
    } catch (error) {
      if (!isUnfit(error)) throw error;
      this.#warnings.warnOnce(job, error.message);
    }
    return this.#work.get(job.asset);
  }

  /** Registers an asset again after Redis has lost it, so that later backfills run. */
  async registerAgain(work: AssetWork): Promise<void> {
    const { store, log } = this.#environment;
    const name = work.registered.asset.name;
    if (this.#work.get(name) !== work) return;
    log.error("the state of an asset was lost or reset; registering it again", { asset: name });
    try {
      this.#use(await registerAsset(store, work.registered.asset));
    } catch (error) {
      if (!isUnfit(error)) throw error;
      // Its state does not fit any more. The next job tries again.
      this.#work.delete(name);
      log.error(error.message, { asset: name });
    }
  }

  #use(registered: RegisteredAsset): void {
    const { store, session, leaseMs, heartbeat } = this.#environment;
    const work = new AssetWork(store, registered, session, leaseMs, heartbeat);
    this.#work.set(registered.asset.name, work);
  }
}

/** Whether an asset cannot be registered because of its state, rather than a trouble with Redis. */
function isUnfit(error: unknown): error is InfillError {
  return (
    error instanceof DefinitionChangedError ||
    error instanceof AssetChangingError ||
    error instanceof StateUnreadableError
  );
}
