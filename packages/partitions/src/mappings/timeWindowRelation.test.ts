import { describe, expect, test } from "vitest";
import type { PartitionsContext } from "../context/partitionsContext.ts";
import { daily, hourly, minutely, weekly } from "../definitions/cadences.ts";
import { partitionKeys } from "../definitions/partitionKeys.ts";
import { requirePartition } from "../definitions/partitionAnswers.ts";
import type { TimeWindowPartitions } from "../definitions/timeWindowPartitions.ts";
import { equalSubsets, type PartitionsSubset } from "../subsets/partitionsSubset.ts";
import { unionSubsets } from "../subsets/subsetAlgebra.ts";
import { subsetFromCoordinates } from "../subsets/subsetFromKeys.ts";
import { downstreamOf, type Edge, upstreamOf } from "./edge.ts";
import { timeWindowMapping } from "./partitionMapping.ts";

const timezone = "America/New_York";
const start = "2024-03-09";
const context: PartitionsContext = { nowMs: Date.UTC(2024, 2, 30) };
const hours = hourly({ start, timezone });
const days = daily({ start, timezone });
const noons = daily({ start, timezone, hourOffset: 12 });
const weeks = weekly({ start, timezone });
const thirds = minutely({ start, timezone, minutes: 20 });
const lateHours = hourly({ start: "2024-03-20", timezone });
const lateNoons = daily({ start: "2024-03-20", timezone, hourOffset: 12 });
const weekdays = daily({ start, timezone, exclusions: [{ cron: "0 0 * * 0,6" }] });

/** The first sixty partitions, each as a subset. */
function singles(definition: TimeWindowPartitions): PartitionsSubset[] {
  const keys = [...partitionKeys(definition, context, { limit: 60 })];
  return keys.map((key) =>
    subsetFromCoordinates(definition, [requirePartition(definition, key, context)]),
  );
}

describe("runs whose answer the run before already holds are passed over, and no others", () => {
  const pairs: readonly (readonly [string, TimeWindowPartitions, TimeWindowPartitions])[] = [
    ["hours to days", hours, days],
    ["hours to days from noon", hours, noons],
    ["days to days from noon", days, noons],
    ["thirds of an hour to hours", thirds, hours],
    ["days to weeks", days, weeks],
    ["days to weekdays", days, weekdays],
    ["hours to themselves", hours, hours],
    ["hours that begin later to days", lateHours, days],
    ["days from noon that begin later to hours", lateNoons, hours],
  ];
  const offsets = [
    [0, 0],
    [-1, -1],
    [-2, 0],
    [1, 2],
    [-3, -3],
  ] as const;
  test.each(pairs)("any two partitions are mapped to what each is mapped to: %s", (_, a, b) => {
    for (const [startOffset, endOffset] of offsets) {
      for (const [upstream, downstream] of [
        [a, b],
        [b, a],
      ] as const) {
        const edge: Edge = {
          upstream,
          downstream,
          mapping: timeWindowMapping({ startOffset, endOffset }),
        };
        const down = (subset: PartitionsSubset): PartitionsSubset =>
          downstreamOf(edge, subset, context);
        const up = (subset: PartitionsSubset): PartitionsSubset =>
          upstreamOf(edge, subset, context).subset;
        for (const [definition, map] of [
          [upstream, down],
          [downstream, up],
        ] as const) {
          const alone = singles(definition);
          const images = alone.map(map);
          alone.forEach((one, i) => {
            alone.slice(i + 1).forEach((other, j) => {
              const expected = unionSubsets(images[i] ?? one, images[i + 1 + j] ?? one);
              if (!equalSubsets(map(unionSubsets(one, other)), expected)) {
                expect.fail(`${startOffset}, ${endOffset}: partitions ${i} and ${i + 1 + j}`);
              }
            });
          });
        }
      }
    }
  });
});
