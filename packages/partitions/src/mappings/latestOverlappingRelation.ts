import type { AxisDefinition } from "../definitions/partitionsDefinition.ts";
import { timeAxisView } from "../definitions/timeAxisView.ts";
import { ordinalAtOrBefore, timeWindowEngine } from "../definitions/timeWindowEngine.ts";
import { intersectIntegers, subtractIntegers } from "../integers/integerAlgebra.ts";
import { forEachRun } from "../integers/integerQueries.ts";
import { RunsBuilder } from "../integers/runsBuilder.ts";
import type { AxisRelation } from "./axisRelation.ts";
import { keptAmong, requireTimeWindows } from "./timeWindowRelation.ts";

/** Relates each downstream window to the one upstream window that contains its start. */
export function latestOverlappingRelation(
  upstreamAxis: AxisDefinition,
  downstreamAxis: AxisDefinition,
): AxisRelation {
  const upstream = requireTimeWindows(upstreamAxis, "latestOverlapping");
  const downstream = requireTimeWindows(downstreamAxis, "latestOverlapping");
  const up = timeWindowEngine(upstream).ticks;
  const down = timeWindowEngine(downstream).ticks;
  return {
    upstreamOf(input, context) {
      const found = new RunsBuilder();
      forEachRun(input, (start, end) => {
        let ordinal = start;
        while (ordinal < end) {
          const containing = ordinalAtOrBefore(up, down.instantAt(ordinal));
          found.add(containing, containing + 1);
          // Every downstream window that starts before the next upstream window has the same
          // answer.
          ordinal = Math.max(ordinal + 1, down.ordinalAtOrAfter(up.instantAt(containing + 1)));
        }
      });
      const needed = keptAmong(upstream, found.finish());
      const existing = intersectIntegers(needed, timeAxisView(upstream, context.nowMs).existing());
      return { existing, nonexistent: subtractIntegers(needed, existing), unknownKeys: [] };
    },
    downstreamOf(input, context) {
      const found = new RunsBuilder();
      forEachRun(input, (start, end) =>
        found.add(
          down.ordinalAtOrAfter(up.instantAt(start)),
          down.ordinalAtOrAfter(up.instantAt(end)),
        ),
      );
      return intersectIntegers(found.finish(), timeAxisView(downstream, context.nowMs).existing());
    },
  };
}
