import fc from "fast-check";
import { expect, test } from "vitest";
import { daily } from "../definitions/cadences.ts";
import { multi } from "../definitions/multiPartitions.ts";
import { staticPartitions } from "../definitions/staticPartitions.ts";
import { subsetFromKeys } from "../subsets/subsetFromKeys.ts";
import { countSubset, emptySubset, type PartitionsSubset } from "../subsets/partitionsSubset.ts";
import {
  allPartitions,
  intersectSubsets,
  subtractSubsets,
  unionSubsets,
} from "../subsets/subsetAlgebra.ts";
import { subsetKeys } from "../subsets/subsetKeys.ts";
import { anyTimeWindowPartitions } from "../testing/anyDefinition.ts";
import { anySubsetOf } from "../testing/anySubset.ts";
import { downstreamOf, type Edge, upstreamOf } from "./edge.ts";
import {
  identityMapping,
  multiMapping,
  staticMapping,
  timeWindowMapping,
} from "./partitionMapping.ts";
import { selfDownstream, selfUpstream } from "./selfClosure.ts";

const context = { nowMs: Date.UTC(2024, 3, 8) };
const regions = staticPartitions(["us", "eu", "jp"]);

const anyLag = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.nat(3))
  .map(([shortest, more]) =>
    timeWindowMapping({ startOffset: -shortest - more, endOffset: -shortest }),
  );

const anyTimeSelf: fc.Arbitrary<Edge> = fc
  .tuple(anyTimeWindowPartitions({ startYears: [2024, 2024], withExclusions: true }), anyLag)
  .map(([definition, mapping]) => {
    const days = { ...definition, start: "2024-03-25" };
    return { upstream: days, downstream: days, mapping };
  });

/** Regions that stay, that mix, and that follow each other by a table. */
const anyGridSelf: fc.Arbitrary<Edge> = fc
  .tuple(anyLag, fc.integer({ min: 0, max: 2 }))
  .map(([lag, kind]) => {
    const grid = multi({ date: daily({ start: "2024-03-25" }), region: regions });
    const region = [
      { region: { dimension: "region", mapping: identityMapping() } },
      {},
      {
        region: {
          dimension: "region",
          mapping: staticMapping({ us: "eu", eu: "us", jp: ["jp", "us"] }),
        },
      },
    ][kind];
    const mapping = multiMapping({ date: { dimension: "date", mapping: lag }, ...region });
    return { upstream: grid, downstream: grid, mapping };
  });

function naive(
  start: PartitionsSubset,
  within: PartitionsSubset,
  step: (subset: PartitionsSubset) => PartitionsSubset,
): PartitionsSubset {
  let reached = start;
  for (;;) {
    const next = unionSubsets(reached, intersectSubsets(step(reached), within));
    if (countSubset(next) === countSubset(reached)) return reached;
    reached = next;
  }
}

test("reaches the same partitions as single steps, downstream within a set and upstream, over any self-dependency", () => {
  const anyCase = fc
    .oneof(anyTimeSelf, anyGridSelf)
    .chain((edge) =>
      fc.tuple(
        fc.constant(edge),
        anySubsetOf(edge.downstream, context),
        anySubsetOf(edge.downstream, context),
      ),
    );
  fc.assert(
    fc.property(anyCase, ([edge, start, within]) => {
      const down = selfDownstream(edge, start, within, context);
      expect(down).toEqual(naive(start, within, (subset) => downstreamOf(edge, subset, context)));
      const up = selfUpstream(edge, start, context);
      const all = allPartitions(edge.upstream, context);
      expect(up).toEqual(naive(start, all, (subset) => upstreamOf(edge, subset, context).subset));
    }),
    { numRuns: 60 },
  );
});

test("a chain of a hundred thousand days takes one pass, along one lane or many, and over a hole that a lag spans", () => {
  const days = daily({ start: "1750-01-01", end: "2024-01-01" });
  const lag = timeWindowMapping({ startOffset: -1, endOffset: -1 });
  const week = timeWindowMapping({ startOffset: -7, endOffset: -7 });
  const chain = { upstream: days, downstream: days, mapping: lag };
  const first = subsetFromKeys(days, ["1750-01-01"], context);
  const all = allPartitions(days, context);
  const startMs = performance.now();
  expect(countSubset(selfDownstream(chain, first, all, context))).toBe(100_076);
  const weekly = selfDownstream({ ...chain, mapping: week }, first, all, context);
  expect(countSubset(weekly)).toBe(Math.ceil(100_076 / 7));
  const holed = subtractSubsets(all, subsetFromKeys(days, ["1750-01-05"], context));
  expect(countSubset(selfDownstream(chain, first, holed, context))).toBe(4);
  const grid = multi({ date: days, region: regions });
  for (const [region, count] of [
    [{ region: { dimension: "region" } }, 100_076],
    [{}, 1 + 3 * 100_075],
  ] as const) {
    const edge = {
      upstream: grid,
      downstream: grid,
      mapping: multiMapping({ date: { dimension: "date", mapping: lag }, ...region }),
    };
    const one = subsetFromKeys(grid, ["1750-01-01|us"], context);
    expect(countSubset(selfDownstream(edge, one, allPartitions(grid, context), context))).toBe(
      count,
    );
  }
  // One pass for each day would take minutes.
  expect(performance.now() - startMs).toBeLessThan(5_000);
});

test("an empty start reaches nothing", () => {
  const days = daily({ start: "2024-03-25" });
  const edge = {
    upstream: days,
    downstream: days,
    mapping: timeWindowMapping({ startOffset: -1, endOffset: -1 }),
  };
  const none = emptySubset(days);
  expect([
    ...subsetKeys(selfDownstream(edge, none, allPartitions(days, context), context), context),
  ]).toEqual([]);
});
