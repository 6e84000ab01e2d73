import { type FeedEvent, parseSettlements } from "@infill/state";
import type { PlannerFeed } from "../engine/plannerParts.ts";
import type { EngineView } from "./engineView.testing.ts";

/** What one planner of a history reads of the streams. The history decides how much arrives, and when. */
export class HistoryFeed implements PlannerFeed {
  readonly #followed = new Set<string>();
  /** Entries that have not arrived. */
  #coming: FeedEvent[] = [];
  #arrived: FeedEvent[] = [];

  async followBackfills(): Promise<void> {}

  async followAssets(assets: readonly string[]): Promise<void> {
    for (const asset of assets) this.#followed.add(asset);
  }

  unfollowAsset(asset: string): void {
    this.#followed.delete(asset);
  }

  async read(): Promise<FeedEvent[]> {
    return this.#arrived.splice(0);
  }

  async goneBack(): Promise<FeedEvent[]> {
    return [];
  }

  close(): void {}

  /** The streams have new entries. */
  emit({ settlements, statuses }: EngineView): void {
    for (const [asset, texts] of settlements) {
      if (!this.#followed.has(asset)) continue;
      for (const text of texts) {
        const events = parseSettlements(asset, text);
        if (events === undefined) throw new Error(`a settlement cannot be read: ${text}`);
        this.#coming.push({ kind: "settlements", events });
      }
    }
    for (const status of statuses) this.#coming.push({ kind: "backfill", ...status });
  }

  /** Lets the oldest entries arrive. @param part from none (0) to all (1) of them */
  arrive(part: number): void {
    this.#arrived.push(...this.#coming.splice(0, Math.ceil(this.#coming.length * part)));
  }

  /** Settlements are trimmed before they are read. */
  trim(): void {
    this.#coming = this.#coming.filter(({ kind }) => kind !== "settlements");
    for (const asset of this.#followed) this.#coming.unshift({ kind: "gap", asset, lost: 0 });
  }
}
