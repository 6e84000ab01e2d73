import {
  countIntegers,
  firstIntegers,
  isEmptyIntegers,
  subtractIntegers,
} from "@infill/partitions";
import type { LaneOrdinals } from "@infill/state";

/** Partitions looked at together, so that their records fit in memory: 14 bytes each. */
const partSize = 1_000_000;

/** Cuts lanes into parts of at most `partSize` partitions. One part may hold several lanes, and a larger lane is in several parts. */
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
