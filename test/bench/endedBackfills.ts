import {
  backfillRequestSchema,
  newBackfillId,
  type Project,
  settingsOfRequest,
  versionsOf,
} from "@infill/core";
import { integersFromSorted, requirePartition, subsetFromKeys } from "@infill/partitions";
import {
  changeBackfill,
  claimPartitions,
  createBackfillRecord,
  expandDelivery,
  openLedger,
  packBackfill,
  type RegisteredAsset,
  reservePartitions,
  sealLedger,
  setBackfillStatus,
  settlePartitions,
  settleUnstarted,
  type StateStore,
  takeDelivery,
} from "@infill/state";

/** Backfills that are written at once: so many spans of partitions do not overlap. */
const atOnce = 64;
/** Partitions of a large one. */
const largeDays = 20;
const firstDay = Date.UTC(2020, 0, 1);
const days = 1_400;
const dayMs = 86_400_000;
const nowMs = Date.UTC(2024, 0, 1);

const request = backfillRequestSchema.parse({ assets: "days", actor: "ann", reason: "new rates" });

/**
 * Writes backfills that have ended, as planner and workers do. Of each four, three are one partition that succeeded; one is twenty
 * partitions, of which two failed and one was skipped, and was paused, changed and resumed.
 */
export class EndedBackfills {
  readonly #store: StateStore;
  readonly #project: Project;
  readonly #registered: RegisteredAsset;

  constructor(store: StateStore, project: Project, registered: RegisteredAsset) {
    this.#store = store;
    this.#project = project;
    this.#registered = registered;
  }

  /** Writes those from one number to another one, which is left out. */
  async write(from: number, to: number): Promise<void> {
    for (let first = from; first < to; first += atOnce) {
      const count = Math.min(atOnce, to - first);
      await Promise.all(Array.from({ length: count }, (_, index) => this.#one(first + index)));
    }
  }

  async #one(index: number): Promise<void> {
    const store = this.#store;
    const isLarge = index % 4 === 0;
    const id = newBackfillId(nowMs + index);
    const { partitions } = this.#registered.asset;
    const keys = Array.from({ length: isLarge ? largeDays : 1 }, (_, day) => {
      const ms = firstDay + (((index * largeDays) % days) + day) * dayMs;
      return new Date(ms).toISOString().slice(0, 10);
    });
    await openLedger(store, this.#registered, id, subsetFromKeys(partitions, keys, { nowMs }));
    const { fingerprint, assets } = versionsOf(this.#project);
    await createBackfillRecord(store, id, {
      version: 1,
      request,
      assets: ["days"],
      plannedMs: nowMs,
      project: { fingerprint, assets: Object.fromEntries(assets) },
    });
    if (isLarge) await this.#steer(id);
    const claims = keys.map((key, day) => {
      const place = this.#registered.ordinals.addressOf(
        requirePartition(partitions, key, { nowMs }),
      );
      return { backfillId: id, ...place, claimNumber: index * largeDays + day + 1 };
    });
    // The third of a large one is downstream of the first, say.
    const run = claims.filter((_, day) => !(isLarge && day === 2));
    const pages = run.map(({ lane, ordinal }) => ({ lane, ordinals: [ordinal] }));
    await reservePartitions(store, "days", id, run.length, pages);
    await claimPartitions(store, this.#registered, "s", 60_000, run);
    const error = JSON.stringify({ name: "TypeError", message: `rate ${index} is missing` });
    await settlePartitions(
      store,
      this.#registered,
      "s",
      run.map((claim, day) => ({
        ...claim,
        attempt: 1,
        durationMs: 1,
        ...(isLarge && day < 2
          ? { outcome: "failed" as const, note: error }
          : { outcome: "succeeded" as const, note: undefined }),
      })),
    );
    const [culprit, , skipped] = claims;
    if (isLarge && culprit !== undefined && skipped !== undefined) {
      const { lane, ordinal } = culprit;
      const doomed = { lane: skipped.lane, ordinals: integersFromSorted([skipped.ordinal]) };
      const why = { outcome: "skipped", asset: "days", lane, ordinal } as const;
      await settleUnstarted(store, "days", id, doomed, why);
    }
    const to = isLarge ? "failed" : "succeeded";
    await setBackfillStatus(store, id, { to, from: ["running"], summary: "{}" });
    // Nobody wants the summaries of this project.
    const delivery = await takeDelivery(store, 60_000);
    if (delivery.kind === "taken") await expandDelivery(store, delivery, []);
    // As a planner does within a minute of the end.
    await sealLedger(store, "days", id);
    await packBackfill(store, id);
  }

  async #steer(id: string): Promise<void> {
    const store = this.#store;
    const by = { actor: "ann", reason: "the source is slow" };
    const pause = { mode: "drain" as const, ...by };
    await setBackfillStatus(store, id, { to: "paused", from: ["running"], pause, ...by });
    const settings = { ...settingsOfRequest(request), window: 100 };
    await changeBackfill(store, id, () => ({
      settings,
      log: { what: "settings_changed", ...by, before: { window: null }, after: { window: 100 } },
    }));
    const resumed = { to: "running", from: ["paused"], what: "resumed", actor: "ann" } as const;
    await setBackfillStatus(store, id, resumed);
  }
}
