import type { Project } from "@infill/core";
import { subsetFromKnownKeys } from "@infill/partitions";
import {
  addPartitions,
  cancelPartitions,
  changeBackfill,
  type RegisteredAsset,
  sealLedger,
  setBackfillStatus,
  type StateStore,
} from "@infill/state";
import type { InfillClient } from "@infill/client";
import type { EngineModel, ModelBackfill } from "./engineModel.testing.ts";
import type { ModelPartition } from "./modelPartitions.testing.ts";
import { historyNow } from "./randomProject.testing.ts";
import type { SeededRandom } from "./seededRandom.testing.ts";

/** The step in words. */
export interface Step {
  readonly kind: string;
  readonly what: string;
}

/** The status that a client writes first. */
const statusChanges = {
  pause: { to: "paused", from: ["running", "paused"], pause: { mode: "drain", reason: "" } },
  stop: { to: "paused", from: ["running", "paused"], pause: { mode: "stop", reason: "" } },
  resume: { to: "running", from: ["paused"] },
  cancel: { to: "canceling", from: ["running", "paused"] },
} as const;

/**
 * Users' actions. Calls the real client where it has a method, and applies each action to the
 * model.
 */
export class UserActions {
  readonly #store: StateStore;
  readonly #project: Project;
  readonly #registered: ReadonlyMap<string, RegisteredAsset>;
  readonly #client: InfillClient;
  readonly #model: EngineModel;
  readonly #random: SeededRandom;
  readonly #mostSlots: number;

  /** @param mostSlots most slots that all workers of a pool together will ever have */
  constructor(
    store: StateStore,
    project: Project,
    registered: ReadonlyMap<string, RegisteredAsset>,
    client: InfillClient,
    model: EngineModel,
    random: SeededRandom,
    mostSlots: number,
  ) {
    this.#store = store;
    this.#project = project;
    this.#registered = registered;
    this.#client = client;
    this.#model = model;
    this.#random = random;
    this.#mostSlots = mostSlots;
  }

  /** A request over everything (`*`), over these assets, or over some. */
  async submit(selection: string | undefined): Promise<Step | undefined> {
    const random = this.#random;
    if (selection === undefined && this.#model.backfills.size >= 3) return undefined;
    const names = [...this.#project.graph.assets.keys()];
    const assets = selection ?? random.some(names, random.between(1, names.length)).join(",");
    // From one job to four times all slots that there will ever be.
    const most = 4 * this.#project.pools.size * this.#mostSlots;
    const window = random.chance(0.7) ? random.between(1, most) : undefined;
    const maxPartitionsPerRun = random.pick([undefined, undefined, 1, 5]);
    const overlap = random.pick(["share", "share", "rerun"] as const);
    const minSuccessRatio = random.pick([1, 1, 0.5]);
    const canary = random.chance(0.15) ? random.between(1, 20) : undefined;
    const budget = random.chance(0.15) ? { failures: random.between(1, 10) } : undefined;
    const { id } = await this.#client.backfills.create({
      assets,
      reprocess: "all",
      order: random.pick(["oldest", "newest", "spread"] as const),
      priority: random.between(-1, 1),
      weight: random.between(1, 3),
      origin: random.pick(["backfill", "backfill", "schedule"] as const),
      overlap,
      minSuccessRatio,
      ...(canary === undefined ? {} : { canary }),
      ...(budget === undefined ? {} : { budget }),
      ...(window === undefined ? {} : { window }),
      ...(maxPartitionsPerRun === undefined ? {} : { maxPartitionsPerRun }),
      ...(random.chance(0.5) ? { retry: { maxAttempts: random.between(1, 4) } } : {}),
    });
    const chosen = selection === "*" ? names : assets.split(",");
    const selected = this.#model.selection(chosen);
    if (id === undefined) {
      if (selected.length > 0) throw new Error("nothing was submitted");
      return undefined;
    }
    const concerned = names.filter((name) => selected.some(({ asset }) => asset === name));
    this.#model.backfills.set(id, {
      id,
      assets: concerned,
      status: "running",
      isStopping: false,
      controls: new Map(concerned.map((asset) => [asset, "running"])),
      standings: new Map(selected.map((partition) => [partition, "waiting"])),
      window,
      overlap,
      minSuccessRatio,
      isLimited: canary !== undefined || budget !== undefined,
    });
    return { kind: "submit", what: `${id}: ${selected.length} partitions of ${assets}` };
  }

  /** A user's action on a status; sometimes the client dies after its first write. */
  async control(what: "pause" | "stop" | "resume" | "cancel"): Promise<Step> {
    const { id } = this.#random.pick([...this.#model.backfills.values()]);
    const dies = this.#random.chance(0.3);
    if (dies) await setBackfillStatus(this.#store, id, statusChanges[what]);
    else if (what === "cancel") await this.#client.backfills.cancel(id);
    else if (what === "resume") await this.#client.backfills.resume(id);
    else await this.#client.backfills.pause(id, { mode: what === "stop" ? "stop" : "drain" });
    this.#model.control(id, what, !dies);
    return { kind: what, what: `${id}${dies ? ", header only" : ""}` };
  }

  /** Reopens failed, skipped and canceled partitions. */
  async retry(): Promise<Step> {
    const backfill = this.#random.pick([...this.#model.backfills.values()]);
    return this.retryOf(backfill.id);
  }

  async retryOf(id: string): Promise<Step> {
    await this.#client.backfills.retry(id);
    const taken = this.#model.retry(id);
    return { kind: "retry", what: `${id}: ${taken} partitions` };
  }

  /**
   * Seals ledgers that have settled, whether or not the backfill has ended. Nothing else may
   * notice.
   */
  async seal(): Promise<Step> {
    return this.sealOf(this.#random.pick([...this.#model.backfills.values()]));
  }

  async sealOf({ id, assets }: ModelBackfill): Promise<Step> {
    const words: string[] = [];
    for (const name of assets) words.push(await sealLedger(this.#store, name, id));
    return { kind: "seal", what: `${id}: ${words.join(", ")}` };
  }

  /** Changes the settings of a running backfill. */
  async changeSettings(): Promise<Step> {
    const random = this.#random;
    const backfill = random.pick([...this.#model.backfills.values()]);
    const changed = {
      order: random.pick(["oldest", "newest", "spread"] as const),
      weight: random.between(1, 5),
      maxPartitionsPerRun: random.between(1, 40),
    };
    await changeBackfill(this.#store, backfill.id, ({ settings }) => ({
      settings: { ...settings, ...changed },
    }));
    return { kind: "settings", what: `${backfill.id}: ${JSON.stringify(changed)}` };
  }

  /** Drops a stretch of one asset from a backfill. */
  async drop(): Promise<Step | undefined> {
    const backfill = this.#random.pick([...this.#model.backfills.values()]);
    if (backfill.status !== "running" && backfill.status !== "paused") return undefined;
    const name = this.#random.pick(backfill.assets);
    const stretch = this.#stretch(name, (partition) => backfill.standings.has(partition));
    const { asset } = this.#asset(name);
    const subset = subsetFromKnownKeys(
      asset.partitions,
      stretch.map(({ key }) => key),
      historyNow,
    );
    const { canceled } = await cancelPartitions(
      this.#store,
      this.#asset(name),
      backfill.id,
      subset,
      "cancel",
    );
    const expected = this.#model.drop(backfill.id, stretch);
    if (canceled !== expected)
      throw new Error(`${canceled} partitions of ${name} were taken out, expected ${expected}`);
    return { kind: "drop", what: `${canceled} of ${stretch.length} partitions of ${name}` };
  }

  /**
   * Adds a stretch of one asset to a backfill, or restores it. Leaves alone what would have to wait
   * for it.
   */
  async add(): Promise<Step | undefined> {
    const backfill = this.#random.pick([...this.#model.backfills.values()]);
    if (backfill.status !== "running" && backfill.status !== "paused") return undefined;
    const { standings } = backfill;
    const name = this.#random.pick(backfill.assets);
    const stretch = this.#stretch(
      name,
      (partition) => standings.has(partition) || !partition.feeds.some((fed) => standings.has(fed)),
    );
    const { asset } = this.#asset(name);
    const subset = subsetFromKnownKeys(
      asset.partitions,
      stretch.map(({ key }) => key),
      historyNow,
    );
    const added = await addPartitions(this.#store, this.#asset(name), backfill.id, subset);
    const expected = this.#model.add(backfill.id, stretch);
    if (added !== expected)
      throw new Error(`${added} partitions of ${name} were added, expected ${expected}`);
    return { kind: "add", what: `${added} of ${stretch.length} partitions of ${name}` };
  }

  /** Some neighboring partitions of one asset. */
  #stretch(asset: string, isWanted: (partition: ModelPartition) => boolean): ModelPartition[] {
    const wanted = Array.from(this.#model.partitions.get(asset)?.values() ?? []).filter(isWanted);
    const first = this.#random.between(0, wanted.length);
    return wanted.slice(first, first + this.#random.between(1, 30));
  }

  /**
   * Resumes a paused backfill. After a failed canary it must also waive the canary, or it would
   * pause again.
   */
  async resumeOf(id: string): Promise<Step> {
    await this.retryOf(id);
    await this.#client.backfills.resume(id);
    this.#model.control(id, "resume", true);
    return { kind: "resume", what: id };
  }

  #asset(name: string): RegisteredAsset {
    const found = this.#registered.get(name);
    if (found === undefined) throw new Error(`Bug: no asset ${name}`);
    return found;
  }
}
