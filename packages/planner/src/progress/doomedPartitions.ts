import { crashPoint, turns } from "@infill/core";
import { settleUnstarted, type StateStore } from "@infill/state";
import { areFailed } from "./areFailed.ts";
import type { AssetProgress } from "./assetProgress.ts";
import type { Readiness } from "./readiness.ts";
import type { LanePick } from "./readyOrder.ts";

/** Partitions of one lane that failed or were skipped. */
interface Lost {
  readonly asset: AssetProgress;
  readonly pick: LanePick;
  /** Whether the stream reported them, rather than the ledger. */
  readonly isHeard: boolean;
}

/** Skips partitions that depend on failed or skipped partitions of the same backfill. */
export class DoomedPartitions {
  readonly #store: StateStore;
  readonly #backfillId: string;
  /** Failures and skips whose downstream partitions are not skipped yet. */
  #lost: Lost[] = [];

  constructor(store: StateStore, backfillId: string) {
    this.#store = store;
    this.#backfillId = backfillId;
  }

  /** Forgets all of them, because everything is read again. */
  reset(): void {
    this.#lost = [];
  }

  /** Adds partitions that failed or were skipped. */
  add(asset: AssetProgress, pick: LanePick, from: "stream" | "ledger"): void {
    this.#lost.push({ asset, pick, isHeard: from === "stream" });
  }

  /**
   * @returns whether all doomed partitions are skipped; false if a retry came in between and
   *   everything must be read again
   */
  async skip(readiness: Readiness): Promise<boolean> {
    for (let next = this.#lost.shift(); next !== undefined; next = this.#lost.shift()) {
      const { asset, pick, isHeard } = next;
      if (isHeard && !(await areFailed(this.#store, this.#backfillId, asset, pick))) return false;
      await turns.next();
      const together = readiness.doomedBy(asset, asset.subsetOfPicks([pick]));
      if (together.size === 0) continue;
      for (const ordinal of pick.ordinals)
        if (!(await this.#skipBelow(readiness, asset, pick, ordinal))) return false;
    }
    return true;
  }

  /** One failed partition at a time, so that each skip has its own culprit. */
  async #skipBelow(
    readiness: Readiness,
    asset: AssetProgress,
    { lane }: LanePick,
    ordinal: number,
  ): Promise<boolean> {
    const why = {
      outcome: "skipped" as const,
      asset: asset.name,
      lane: lane.lane,
      ordinal,
    };
    await turns.next();
    const culprit = asset.subsetOfPicks([{ lane, ordinals: [ordinal] }]);
    for (const [target, subset] of readiness.doomedBy(asset, culprit)) {
      const { name, reopened } = target;
      for (const doomed of target.registered.ordinals.lanesOf(subset)) {
        const answer = await settleUnstarted(
          this.#store,
          name,
          this.#backfillId,
          doomed,
          why,
          reopened,
        );
        if (answer === "outdated") return false;
        crashPoint("after:skip");
      }
      target.eachLaneOf(subset, (reached, coordinates) => {
        reached.unsettled.deleteAll(coordinates);
        reached.ready.deleteAll(coordinates);
      });
    }
    return true;
  }
}
