import {
  countIntegers,
  firstIntegers,
  isEmptyIntegers,
  subtractIntegers,
} from "@infill/partitions";
import type { LaneOrdinals } from "@infill/state";

/** Most partitions whose records are read together, to bound memory: 14 bytes each. */
const partSize = 1_000_000;

/**
 * Splits lanes into parts of at most `partSize` partitions. A part may hold several lanes, and
 * several parts may share a large lane.
 */
export function* partsOfLanes(lanes: Iterable<LaneOrdinals>): Generator<readonly LaneOrdinals[]> {
  let part: LaneOrdinals[] = [];
  let room = partSize;
  for (const { lane, ordinals } of lanes) {
    for (let rest = ordinals; !isEmptyIntegers(rest); ) {
      const piece = firstIntegers(rest, room);
      part.push({ lane, ordinals: piece });
      rest = subtractIntegers(rest, piece);
      room -= countIntegers(piece);
      if (room > 0) continue;
      yield part;
      part = [];
      room = partSize;
    }
  }
  if (part.length > 0) yield part;
}
