import type { IntegerSet } from "../integers/integerSet.ts";

/**
 * One axis of a definition at one moment: which coordinates exist, their keys and their order.
 *
 * A position is a rank in definition order, 0 for the first. It differs from the coordinate with
 * exclusions, with a start, and for dynamic keys.
 */
export interface AxisView {
  /** How many exist. */
  readonly count: number;
  /** Whether definition order is ascending order of coordinates. */
  readonly isAscending: boolean;
  /** The existing coordinates. */
  existing(): IntegerSet;
  exists(coordinate: number): boolean;
  /** The coordinate at a position from 0 to `count - 1`. */
  coordinateAt(position: number): number;
  /** The number of existing partitions before it in definition order. */
  positionOf(coordinate: number): number;
  /**
   * The key of a coordinate, whether it exists now or not; throws if the definition never had it.
   */
  keyAt(coordinate: number): string;
  /** The coordinate of an existing partition; undefined for any other text. */
  coordinateOf(key: string): number | undefined;
  /** Existing keys similar to a text that is not a key, nearest first, at most two. */
  nearestTo(text: string): readonly string[];
  /** The form of the keys, in words. */
  readonly keyDescription: string;
}
