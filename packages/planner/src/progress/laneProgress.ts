import {
  type IntegerSet,
  integers,
  integersFromSorted,
  subtractIntegers,
} from "@infill/partitions";
import type { LanePlace, PartitionAddress } from "@infill/state";
import { OrdinalBits } from "./ordinalBits.ts";

/** The planes of one lane of a ledger, by coordinate. */
export interface LanePlanes {
  readonly selected: IntegerSet;
  readonly settled: IntegerSet;
  readonly failed: IntegerSet;
  readonly skipped: IntegerSet;
  readonly canceled: IntegerSet;
  readonly queued: IntegerSet;
}

/**
 * The progress of one lane's partitions, in memory. The sets hold coordinates on the bit axis, because
 * readiness is computed with the sets of `partitions`. The functions take and return ordinals, so
 * that no other folder converts.
 */
export class LaneProgress {
  /** The lane's coordinates on the other axes. */
  readonly coordinates: readonly number[];
  /** The lane of its partitions' addresses, which other lanes may share. */
  readonly lane: string;
  /** Its place among the lanes that share the address's lane. */
  readonly member: number;
  /** How many partitions the backfill selects here. */
  readonly selectedCount: number;
  /** Selected and without an outcome. */
  readonly unsettled: OrdinalBits;
  /** Selected and not succeeded: these block downstream partitions. */
  readonly outstanding: OrdinalBits;
  /** In the window of jobs. */
  readonly queued: OrdinalBits;
  /** Free to start: unsettled, not queued, and not blocked. */
  readonly ready: OrdinalBits;

  readonly #place: LanePlace;

  constructor(place: LanePlace, coordinates: readonly number[], planes: LanePlanes) {
    this.#place = place;
    this.lane = place.lane;
    this.member = place.member;
    this.coordinates = coordinates;
    this.unsettled = OrdinalBits.from(planes.selected);
    this.selectedCount = this.unsettled.count;
    this.outstanding = OrdinalBits.like(this.unsettled);
    this.queued = OrdinalBits.like(this.unsettled);
    this.ready = OrdinalBits.like(this.unsettled);
    this.unsettled.deleteAll(planes.settled);
    this.outstanding.addAll(planes.selected);
    this.outstanding.deleteAll(
      [planes.failed, planes.skipped, planes.canceled].reduce(subtractIntegers, planes.settled),
    );
    this.queued.addAll(planes.queued);
  }

  /** Whether it may become ready: it has no outcome and no job, and is not ready yet. */
  isWaiting(coordinate: number): boolean {
    return (
      this.unsettled.has(coordinate) && !this.queued.has(coordinate) && !this.ready.has(coordinate)
    );
  }

  /** The ordinal at a coordinate of the bit axis. */
  ordinalAt(coordinate: number): number {
    return this.#place.ordinalAt(coordinate);
  }

  /** The ordinals at some coordinates, in the order of the coordinates. */
  ordinalsOf(coordinates: IntegerSet): number[] {
    return Array.from(integers(coordinates), (coordinate) => this.#place.ordinalAt(coordinate));
  }

  /** The addresses at some coordinates, in the order of the coordinates. */
  addressesOf(coordinates: IntegerSet): PartitionAddress[] {
    const { lane } = this;
    return Array.from(integers(coordinates), (coordinate) => ({
      lane,
      ordinal: this.#place.ordinalAt(coordinate),
    }));
  }

  /** The coordinates of some ordinals, without those of keys that have left the definition. */
  coordinatesOf(ordinals: readonly number[]): IntegerSet {
    const coordinates = ordinals.flatMap((ordinal) => this.#place.coordinateAt(ordinal) ?? []);
    return integersFromSorted(coordinates.sort((a, b) => a - b));
  }

  /** Whether a partition is in the window of jobs. */
  isQueued(ordinal: number): boolean {
    const coordinate = this.#place.coordinateAt(ordinal);
    return coordinate !== undefined && this.queued.has(coordinate);
  }

  /** The ordinals of the partitions that failed or were skipped or canceled. */
  lost(): number[] {
    // Outstanding includes unsettled, so equal counts mean that nothing failed or was skipped.
    if (this.outstanding.count === this.unsettled.count) return [];
    return this.ordinalsOf(subtractIntegers(this.outstanding.toSet(), this.unsettled.toSet()));
  }

  /**
   * Removes a partition from the ready ones.
   *
   * @param isQueued whether it is in the window of jobs now
   * @returns false if it has left the definition
   */
  takeReady(ordinal: number, isQueued: boolean): boolean {
    const coordinate = this.#place.coordinateAt(ordinal);
    if (coordinate === undefined) return false;
    this.ready.delete(coordinate);
    if (isQueued) this.queued.add(coordinate);
    return true;
  }

  /** Records that a partition has settled. @returns false if that was recorded already */
  settle(ordinal: number, hasSucceeded: boolean): boolean {
    const coordinate = this.#place.coordinateAt(ordinal);
    if (coordinate === undefined) return false;
    this.queued.delete(coordinate);
    this.ready.delete(coordinate);
    if (!this.unsettled.delete(coordinate)) return false;
    if (hasSucceeded) this.outstanding.delete(coordinate);
    return true;
  }
}
