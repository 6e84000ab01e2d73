import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PartitionsContext } from "../context/partitionsContext.ts";
import { daily, weekly } from "../definitions/cadences.ts";
import { multi } from "../definitions/multiPartitions.ts";
import type { PartitionsDefinition } from "../definitions/partitionsDefinition.ts";
import { staticPartitions } from "../definitions/staticPartitions.ts";
import { allPartitions, subtractSubsets } from "../subsets/subsetAlgebra.ts";
import { countSubset } from "../subsets/partitionsSubset.ts";
import { subsetFromKeys } from "../subsets/subsetFromKeys.ts";
import { subsetKeys } from "../subsets/subsetKeys.ts";
import { anyTimeWindowPartitions } from "../testing/anyDefinition.ts";
import { upstreamOf } from "./edge.ts";
import {
  identityMapping,
  latestOverlapping,
  multiMapping,
  type PartitionMapping,
  timeWindowMapping,
  trailingWindows,
} from "./partitionMapping.ts";

const context: PartitionsContext = { nowMs: Date.UTC(2024, 3, 20) };

/** Two time definitions of one zone; either may begin or end long before the other. */
const anySides = fc
  .tuple(
    fc.constantFrom("UTC", "America/New_York", "Asia/Kathmandu"),
    fc.boolean(),
    fc.constantFrom("2024-01-15", "2024-03-25", "2024-04-10"),
    fc.constantFrom("2024-01-15", "2024-03-25", "2024-04-10"),
    fc.constantFrom(undefined, "2024-04-01"),
  )
  .chain(([timezone, isOneCadence, upStart, downStart, upEnd]) => {
    const side = anyTimeWindowPartitions({
      timezone,
      startYears: [2024, 2024],
      withExclusions: true,
    }).filter((definition) => !["minutely", "hourly"].includes(definition.cadence));
    return fc.tuple(side, side).map(([one, other]) => ({
      upstream: { ...one, start: upStart, end: upEnd },
      downstream: { ...(isOneCadence ? one : other), start: downStart },
    }));
  });

const anyWidening = fc.tuple(fc.integer({ min: -4, max: 0 }), fc.integer({ min: 0, max: 4 }));

function expectWider(
  upstream: PartitionsDefinition,
  downstream: PartitionsDefinition,
  [plain, wider]: readonly [PartitionMapping, PartitionMapping],
): void {
  const all = allPartitions(downstream, context);
  const narrow = upstreamOf({ upstream, downstream, mapping: plain }, all, context);
  const wide = upstreamOf({ upstream, downstream, mapping: wider }, all, context);
  expect(countSubset(subtractSubsets(narrow.nonexistent, wide.nonexistent))).toBe(0);
  expect(countSubset(subtractSubsets(narrow.subset, wide.subset))).toBe(0);
}

describe("whatever the mapping without offsets requires", () => {
  test("a wider one requires too", () => {
    fc.assert(
      fc.property(anySides, anyWidening, ({ upstream, downstream }, [startOffset, endOffset]) => {
        expectWider(upstream, downstream, [
          timeWindowMapping(),
          timeWindowMapping({ startOffset, endOffset }),
        ]);
      }),
      { numRuns: 150 },
    );
  });

  test("a wider one of a dimension requires too", () => {
    const region = staticPartitions(["us", "eu"]);
    fc.assert(
      fc.property(anySides, anyWidening, ({ upstream, downstream }, [startOffset, endOffset]) => {
        const byDate = (mapping: PartitionMapping): PartitionMapping =>
          multiMapping({
            date: { dimension: "day", mapping },
            region: { dimension: "region", mapping: identityMapping() },
          });
        expectWider(multi({ date: upstream, region }), multi({ day: downstream, region }), [
          byDate(timeWindowMapping()),
          byDate(timeWindowMapping({ startOffset, endOffset })),
        ]);
      }),
      { numRuns: 40 },
    );
  });
});

describe("of an upstream that begins a month later than its downstream", () => {
  const upstream = daily({ start: "2024-02-01" });
  const downstream = daily({ start: "2024-01-01" });
  const nonexistent = (mapping: PartitionMapping, keys: readonly string[]): readonly string[] => [
    ...subsetKeys(
      upstreamOf(
        { upstream, downstream, mapping },
        subsetFromKeys(downstream, keys, context),
        context,
      ).nonexistent,
      context,
    ),
  ];

  test.each([
    ["no offsets", timeWindowMapping()],
    ["(-1, 0)", timeWindowMapping({ startOffset: -1, endOffset: 0 })],
    ["the lag (-1, -1)", timeWindowMapping({ startOffset: -1, endOffset: -1 })],
    ["trailingWindows(3)", trailingWindows(3)],
    ["latestOverlapping", latestOverlapping()],
  ])("a day before it is required under %s", (_, mapping) => {
    expect(nonexistent(mapping, ["2024-01-15"])).toContain("2024-01-15");
    const two = ["2024-01-03", "2024-01-15"];
    expect(nonexistent(mapping, two)).toEqual(expect.arrayContaining(two));
  });

  test("the first day of both needs nothing before itself", () => {
    const lag = timeWindowMapping({ startOffset: -1, endOffset: -1 });
    expect(nonexistent(lag, ["2024-02-01"])).toEqual([]);
    expect(nonexistent(trailingWindows(7), ["2024-02-01"])).toEqual([]);
    const required = upstreamOf(
      { upstream, downstream: upstream, mapping: lag },
      subsetFromKeys(upstream, ["2024-02-01"], context),
      context,
    );
    expect([countSubset(required.subset), countSubset(required.nonexistent)]).toEqual([0, 0]);
  });

  test("a week that begins before it requires its days there, with a lag too", () => {
    const weeks = weekly({ start: "2024-01-07" });
    const required = (mapping: PartitionMapping) =>
      upstreamOf(
        { upstream, downstream: weeks, mapping },
        subsetFromKeys(weeks, ["2024-01-14"], context),
        context,
      );
    const plain = required(timeWindowMapping()).nonexistent;
    expect(countSubset(plain)).toBe(7);
    const lagged = required(timeWindowMapping({ startOffset: -1, endOffset: 0 })).nonexistent;
    expect(countSubset(subtractSubsets(plain, lagged))).toBe(0);
  });
});
