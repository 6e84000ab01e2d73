import { type IntegerSet, subtractIntegers } from "@infill/partitions";
import { OrdinalBits } from "./ordinalBits.ts";

/** The planes of one lane of a ledger, by position. */
export interface LanePlanes {
  readonly selected: IntegerSet;
  readonly settled: IntegerSet;
  readonly failed: IntegerSet;
  readonly skipped: IntegerSet;
  readonly canceled: IntegerSet;
  readonly queued: IntegerSet;
}

/** The progress of one lane's partitions, in memory, by position on the bit axis. */
export class LaneProgress {
  /** The lane's coordinates on the other axes. */
  readonly coordinates: readonly number[];
  /** Text of the lane in registered ordinals. */
  readonly lane: string;
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

  constructor(lane: string, coordinates: readonly number[], planes: LanePlanes) {
    this.lane = lane;
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
  isWaiting(position: number): boolean {
    return this.unsettled.has(position) && !this.queued.has(position) && !this.ready.has(position);
  }
}
