import { type Logger, type Project, versionsOf } from "@infill/core";
import type { InfillError } from "@infill/partitions";
import {
  AssetChangingError,
  type BackfillRecord,
  DefinitionChangedError,
  isRegistered,
  olderThanNeeded,
  registerAsset,
  type RegisteredAssets,
  setBackfillStatus,
  type StateStore,
} from "@infill/state";

/** Checks whether a planner's project fits a backfill and the state of its assets. */
export class ProjectFit {
  readonly #store: StateStore;
  readonly #project: Project;
  readonly #registered: RegisteredAssets;
  readonly #log: Logger;
  /** Backfills left to other planners; each is logged once. */
  readonly #foreign = new Set<string>();

  constructor(store: StateStore, project: Project, registered: RegisteredAssets, log: Logger) {
    this.#store = store;
    this.#project = project;
    this.#registered = registered;
    this.#log = log;
  }

  /**
   * Whether a backfill needs a newer project than this planner's, or another one. Logs each such
   * backfill once.
   */
  async leavesToOthers({ id, header, versions }: BackfillRecord): Promise<boolean> {
    const lacking = header.assets.filter((asset) => !this.#project.graph.assets.has(asset));
    const own = versionsOf(this.#project).assets;
    const older = lacking.length > 0 ? [] : await olderThanNeeded(this.#store, own, versions);
    if (lacking.length === 0 && older.length === 0) {
      this.#foreign.delete(id);
      return false;
    }
    if (!this.#foreign.has(id))
      this.#log.warn(
        lacking.length > 0
          ? "a backfill names assets that this project lacks; leaving it to another planner"
          : "a backfill was planned with a newer project than this planner runs; leaving it to another planner. Restart this one to use the newer project",
        lacking.length > 0
          ? { backfill: id, unknown: lacking }
          : { backfill: id, assets: older.slice(0, 5) },
      );
    this.#foreign.add(id);
    return true;
  }

  /**
   * Registers a backfill's assets again if this process and Redis differ: static keys may have been
   * added after its start, and Redis may have lost its data.
   *
   * @returns the error if an asset does not fit its state
   */
  async register(assets: readonly string[]): Promise<InfillError | undefined> {
    for (const name of assets) {
      const asset = this.#project.graph.assets.get(name);
      if (asset === undefined) continue;
      const known = this.#registered.get(name);
      if (known !== undefined && known.isProvisional !== true) {
        if (await isRegistered(this.#store, known)) continue;
        this.#log.warn("the state of an asset was lost or reset; registering it again", {
          asset: name,
        });
      }
      try {
        this.#registered.set(name, await registerAsset(this.#store, asset));
        this.#registered.unfit.delete(name);
      } catch (error) {
        if (!(error instanceof DefinitionChangedError || error instanceof AssetChangingError))
          throw error;
        this.#registered.delete(name);
        this.#registered.unfit.set(name, error);
        return error;
      }
    }
    return undefined;
  }

  /** Pauses a backfill that has an asset whose state does not fit. Other backfills continue. */
  async pauseUnfit({ id, status }: BackfillRecord, unfit: InfillError): Promise<void> {
    if (status === "paused") return;
    this.#log.error("a backfill is paused: an asset of it does not fit its state", {
      backfill: id,
      error: unfit.message,
    });
    const reason = unfit.message;
    const pause = { mode: "drain", reason, cause: "definition" } as const;
    const by = { actor: "planner", reason };
    await setBackfillStatus(this.#store, id, { to: "paused", from: ["running"], pause, ...by });
  }
}
