import { axesOf } from "../definitions/axes.ts";
import type { Edge } from "./edge.ts";
import type { Lag } from "./lagClosure.ts";
import { joinedAxes } from "./resolveMapping.ts";

/** An edge of an asset to earlier partitions of itself, as a lag along one time axis. */
export interface SelfLag extends Lag {
  /** Index of the axis. */
  readonly axis: number;
  /**
   * Whether the other axes do not change, so that each combination of their keys is a chain of its
   * own.
   */
  readonly isExact: boolean;
}

/**
 * The lag of a self-dependency. Each chain along the axis is at least a part of the mapping.
 *
 * @returns undefined if there is none: a mapping by a table of keys, or different keys on the two
 *   sides
 */
export function selfLagOf({ upstream, downstream, mapping }: Edge): SelfLag | undefined {
  const axes = axesOf(downstream);
  if (mapping.kind === "all" || mapping.kind === "last" || mapping.kind === "specific")
    return undefined;
  const pairs = joinedAxes(upstream, downstream, mapping);
  let found: Omit<SelfLag, "isExact"> | undefined;
  let isExact = true;
  for (let axis = 0; axis < axes.length; axis++) {
    const pair = pairs.find(({ downstreamAxis }) => downstreamAxis === axis);
    const isFree = pair === undefined && pairs.every(({ upstreamAxis }) => upstreamAxis !== axis);
    if (isFree) {
      isExact = false;
      continue;
    }
    if (pair?.upstreamAxis !== axis) return undefined;
    const { mapping: joined } = pair;
    if (joined.kind === "identity") continue;
    if (joined.kind === "timeWindow" && joined.startOffset === 0 && joined.endOffset === 0)
      continue;
    if (joined.kind === "all") {
      isExact = false;
      continue;
    }
    if (joined.kind !== "timeWindow" || joined.endOffset >= 0 || found !== undefined)
      return undefined;
    found = { axis, shortest: -joined.endOffset, longest: -joined.startOffset };
  }
  return found === undefined ? undefined : { ...found, isExact };
}
