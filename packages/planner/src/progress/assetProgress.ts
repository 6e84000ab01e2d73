import type { BackfillOrder } from "@infill/core";
import {
  emptySubset,
  forEachLane,
  type IntegerSet,
  lanesOfSubset,
  type PartitionsSubset,
  subsetFromLanes,
  subsetFromLanesInSteps,
} from "@infill/partitions";
import type { PartitionAddress, RegisteredAsset } from "@infill/state";
import type { AdmissionPicker } from "./admission.ts";
import type { LaneProgress } from "./laneProgress.ts";
import type { OrdinalBits } from "./ordinalBits.ts";
import { type LanePick, sortedReady, spreadReady } from "./readyOrder.ts";

/** The progress of one asset's partitions in one backfill, in memory. */
export class AssetProgress {
  readonly registered: RegisteredAsset;
  /** The ledger's counter of reopenings, read before its planes. */
  readonly reopened: number;
  /** By the coordinates of the lane. */
  readonly #lanes: ReadonlyMap<string, LaneProgress>;
  /** By the lane of their addresses, then by member. */
  readonly #byAddress = new Map<string, LaneProgress[]>();

  constructor(registered: RegisteredAsset, lanes: Iterable<LaneProgress>, reopened = 0) {
    this.registered = registered;
    this.reopened = reopened;
    this.#lanes = new Map(Array.from(lanes, (lane) => [lane.coordinates.join(" "), lane]));
    for (const lane of this.#lanes.values()) {
      const members = this.#byAddress.get(lane.lane) ?? [];
      this.#byAddress.set(lane.lane, members);
      members[lane.member] = lane;
    }
  }

  get name(): string {
    return this.registered.asset.name;
  }

  get pool(): string {
    return this.registered.asset.pool;
  }

  /** The lane of a partition, by its address. */
  laneOf(lane: string, ordinal: number): LaneProgress | undefined {
    return this.#byAddress.get(lane)?.[this.registered.ordinals.memberOf(ordinal)];
  }

  lanes(): Iterable<LaneProgress> {
    return this.#lanes.values();
  }

  /** How many partitions a set has in all lanes. */
  count(which: "unsettled" | "queued" | "ready"): number {
    let total = 0;
    for (const lane of this.#lanes.values()) total += lane[which].count;
    return total;
  }

  /** One of the sets as a subset over all lanes. */
  subset(which: "unsettled" | "outstanding" | "queued" | "ready"): PartitionsSubset {
    return this.subsetOf((lane) => lane[which].toSet());
  }

  subsetOf(of: (lane: LaneProgress) => IntegerSet): PartitionsSubset {
    return subsetFromLanes(
      this.registered.asset.partitions,
      Array.from(this.#lanes.values(), (lane) => [lane.coordinates, of(lane)] as const),
    );
  }

  /** The same in steps, with pauses. */
  *subsetInSteps(which: "outstanding"): Generator<void, PartitionsSubset> {
    const entries: (readonly [readonly number[], IntegerSet])[] = [];
    for (const lane of this.#lanes.values()) {
      entries.push([lane.coordinates, lane[which].toSet()]);
      yield;
    }
    return yield* subsetFromLanesInSteps(this.registered.asset.partitions, entries);
  }

  /** The subset of some partitions, without those that have left the definition. */
  subsetOfPicks(picks: Iterable<LanePick>): PartitionsSubset {
    const entries = Array.from(
      picks,
      ({ lane, ordinals }) => [lane.coordinates, lane.coordinatesOf(ordinals)] as const,
    );
    const definition = this.registered.asset.partitions;
    return entries.length === 0 ? emptySubset(definition) : subsetFromLanes(definition, entries);
  }

  /** Visits the lanes of a subset that the backfill selects. */
  eachLaneOf(
    subset: PartitionsSubset,
    visit: (lane: LaneProgress, coordinates: IntegerSet) => void,
  ): void {
    forEachLane(subset, (others, coordinates) => {
      const lane = this.#lanes.get(others.join(" "));
      if (lane !== undefined) visit(lane, coordinates);
    });
  }

  /** The same with a pause after each lane. */
  *visitLanesOf(
    subset: PartitionsSubset,
    visit: (lane: LaneProgress, coordinates: IntegerSet) => void,
  ): Generator<void> {
    for (const [others, coordinates] of lanesOfSubset(subset)) {
      const lane = this.#lanes.get(others.join(" "));
      if (lane !== undefined) visit(lane, coordinates);
      yield;
    }
  }

  /** The intersection of a subset with one of the sets. */
  intersection(subset: PartitionsSubset, which: "unsettled" | "outstanding"): PartitionsSubset {
    const entries: [readonly number[], IntegerSet][] = [];
    this.eachLaneOf(subset, (lane, coordinates) => {
      const found: OrdinalBits = lane[which].intersection(coordinates);
      if (found.count > 0) entries.push([lane.coordinates, found.toSet()]);
    });
    const definition = this.registered.asset.partitions;
    return entries.length === 0 ? emptySubset(definition) : subsetFromLanes(definition, entries);
  }

  /**
   * The next ready partitions over all lanes, in the order of the bit axis. They stay ready.
   *
   * @param count at most this many
   * @param picker refuses partitions beyond the caps; default: refuses none
   */
  nextReady(order: BackfillOrder, count: number, picker?: AdmissionPicker): PartitionAddress[] {
    const lanes = Array.from(this.#lanes.values()).filter((lane) => lane.ready.count > 0);
    const offer = (lane: LaneProgress, ordinal: number) =>
      picker?.offer({ lane: lane.lane, ordinal }) ?? "admitted";
    return order === "spread"
      ? spreadReady(lanes, count, offer)
      : sortedReady(order, lanes, count, offer);
  }
}
