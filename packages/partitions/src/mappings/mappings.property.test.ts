import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PartitionsContext } from "../context/partitionsContext.ts";
import { countPartitions, requirePartition } from "../definitions/partitionAnswers.ts";
import { partitionKeys } from "../definitions/partitionKeys.ts";
import { multi } from "../definitions/multiPartitions.ts";
import type { PartitionsDefinition } from "../definitions/partitionsDefinition.ts";
import { unpartitioned } from "../definitions/unpartitioned.ts";
import { subsetFromCoordinates } from "../subsets/subsetFromKeys.ts";
import { integers } from "../integers/integerQueries.ts";
import { firstOfSubset, lastOfSubset } from "../subsets/subsetSamples.ts";
import {
  countSubset,
  equalSubsets,
  isEmptySubset,
  type PartitionsSubset,
  subsetHas,
} from "../subsets/partitionsSubset.ts";
import {
  allPartitions,
  intersectSubsets,
  subtractSubsets,
  unionSubsets,
} from "../subsets/subsetAlgebra.ts";
import {
  anyStaticPartitions,
  anyTimeWindowPartitions,
  zonesOfInterest,
} from "../testing/anyDefinition.ts";
import { anySubsetOf } from "../testing/anySubset.ts";
import { downstreamOf, type Edge, upstreamOf } from "./edge.ts";
import {
  allPartitionsMapping,
  dimensionMapping,
  identityMapping,
  lastPartitionMapping,
  latestOverlapping,
  multiMapping,
  specificPartitions,
  staticMapping,
  timeWindowMapping,
} from "./partitionMapping.ts";
import { resolveMapping } from "./resolveMapping.ts";

const context: PartitionsContext = { nowMs: Date.UTC(2024, 3, 8) };

/**
 * Two cadences of one zone around a change of the clocks, with offsets, and sometimes with
 * exclusions.
 */
const anyTimeEdge: fc.Arbitrary<Edge> = fc
  .constantFrom(...zonesOfInterest)
  .chain((timezone) => {
    const side = anyTimeWindowPartitions({
      timezone,
      startYears: [2024, 2024],
      withExclusions: true,
    }).chain((definition) =>
      fc
        .constantFrom("2024-03-25", "2024-03-28", "2024-03-31")
        .map((start) => ({ ...definition, start })),
    );
    return fc.tuple(side, side, fc.integer({ min: -3, max: 2 }), fc.nat(3), fc.boolean());
  })
  .map(([upstream, downstream, startOffset, length, isLatest]) => ({
    upstream,
    downstream,
    mapping:
      isLatest && startOffset === 0
        ? latestOverlapping()
        : timeWindowMapping({ startOffset, endOffset: startOffset + length }),
  }));

/** Two definitions of one cadence, one of which begins later, with offsets. */
const anySameCadenceEdge: fc.Arbitrary<Edge> = fc
  .tuple(
    anyTimeWindowPartitions({ startYears: [2024, 2024], withExclusions: true }),
    fc.constantFrom("2024-03-25", "2024-03-28"),
    fc.constantFrom("2024-03-25", "2024-03-28"),
    fc.integer({ min: -3, max: 2 }),
    fc.nat(3),
    fc.boolean(),
  )
  .map(([definition, upStart, downStart, startOffset, length, isWhole]) => ({
    upstream: { ...definition, start: upStart },
    downstream: { ...definition, start: downStart, ...(isWhole ? { exclusions: [] } : {}) },
    mapping: timeWindowMapping({ startOffset, endOffset: startOffset + length }),
  }));

const anyKeyEdge: fc.Arbitrary<Edge> = fc
  .tuple(
    anyStaticPartitions,
    anyStaticPartitions,
    fc.nat(5),
    fc.array(fc.tuple(fc.nat(20), fc.nat(20)), { maxLength: 8 }),
  )
  .map(([upstream, downstream, kind, pairs]) => {
    const table = new Map<string, string[]>();
    for (const [from, to] of pairs) {
      const key = upstream.keys[from % upstream.keys.length] ?? "";
      table.set(key, [
        ...(table.get(key) ?? []),
        downstream.keys[to % downstream.keys.length] ?? "",
      ]);
    }
    const mappings = [
      identityMapping(),
      allPartitionsMapping(),
      lastPartitionMapping(),
      specificPartitions(upstream.keys.slice(0, 2)),
      staticMapping(Object.fromEntries(table)),
      allPartitionsMapping(),
    ];
    const mapping = mappings[kind] ?? identityMapping();
    return kind === 5
      ? { upstream, downstream: unpartitioned, mapping }
      : { upstream, downstream, mapping };
  });

const anyMultiEdge: fc.Arbitrary<Edge> = fc
  .tuple(anyTimeEdge, anyKeyEdge, anyKeyEdge, fc.nat(3))
  .filter(([time, key, other]) =>
    [time, key, other].every((edge) => edge.downstream.kind !== "unpartitioned"),
  )
  .map(([time, key, other, kind]) => {
    const side = (of: "upstream" | "downstream", names: readonly [string, string, string]) => {
      const [first, second, third] = names;
      const picked = [time[of], key[of], other[of]];
      return multi(
        Object.fromEntries(
          [first, second, third].flatMap((name, index) => {
            const definition = picked[index];
            return definition === undefined ||
              definition.kind === "multi" ||
              definition.kind === "unpartitioned"
              ? []
              : [[name, definition]];
          }),
        ),
      );
    };
    const upstream = side("upstream", ["date", "key", "other"]);
    const downstream = side("downstream", ["day", "area", "zone"]);
    if (kind === 0)
      return {
        upstream,
        downstream: time.downstream,
        mapping: dimensionMapping({ dimension: "date", mapping: time.mapping }),
      };
    if (kind === 1)
      return {
        upstream: key.upstream,
        downstream,
        mapping: dimensionMapping({ dimension: "area", mapping: key.mapping }),
      };
    return {
      upstream,
      downstream,
      mapping: multiMapping({
        date: { dimension: "day", mapping: time.mapping },
        key: { dimension: "area", mapping: key.mapping },
      }),
    };
  });

const anyEdge = fc
  .oneof(anyTimeEdge, anySameCadenceEdge, anyKeyEdge, anyMultiEdge)
  .filter(({ upstream, downstream }) => {
    const sizes = [upstream, downstream].map((definition) => countPartitions(definition, context));
    return sizes.every((size) => size > 0 && size < 2500);
  });

/** About this many of a definition's partitions, spread over it. */
function some(definition: PartitionsDefinition, about: number): readonly (readonly number[])[] {
  const keys = [...partitionKeys(definition, context)];
  const step = Math.max(1, Math.floor(keys.length / about));
  return keys
    .filter((_, index) => index % step === 0)
    .map((key) => requirePartition(definition, key, context));
}

function* subsetOrdinals({ coordinates }: PartitionsSubset): Generator<number> {
  if (coordinates.kind === "groups") throw new Error("Bug: more than one axis");
  yield* integers(coordinates);
}

describe("a mapping between any two definitions", () => {
  test("agrees with itself: q is downstream of p exactly when p is upstream of q", () => {
    fc.assert(
      fc.property(anyEdge, (edge) => {
        const ups = some(edge.upstream, 12);
        const downs = some(edge.downstream, 12);
        const needed = downs.map(
          (q) => upstreamOf(edge, subsetFromCoordinates(edge.downstream, [q]), context).subset,
        );
        for (const p of ups) {
          const fed = downstreamOf(edge, subsetFromCoordinates(edge.upstream, [p]), context);
          downs.forEach((q, index) => {
            const subset = needed[index];
            expect(subset !== undefined && subsetHas(subset, p)).toBe(subsetHas(fed, q));
          });
        }
      }),
      { numRuns: 150 },
    );
  });

  test("maps a union to the union of its parts' images, and only to existing partitions", () => {
    const drawn = anyEdge.chain((edge) =>
      fc.tuple(
        fc.constant(edge),
        anySubsetOf(edge.upstream, context),
        anySubsetOf(edge.upstream, context),
        anySubsetOf(edge.downstream, context),
        anySubsetOf(edge.downstream, context),
      ),
    );
    fc.assert(
      fc.property(drawn, ([edge, p1, p2, q1, q2]) => {
        const down = (subset: PartitionsSubset): PartitionsSubset =>
          downstreamOf(edge, subset, context);
        const up = (subset: PartitionsSubset): PartitionsSubset =>
          upstreamOf(edge, subset, context).subset;
        expect(equalSubsets(down(unionSubsets(p1, p2)), unionSubsets(down(p1), down(p2)))).toBe(
          true,
        );
        expect(equalSubsets(up(unionSubsets(q1, q2)), unionSubsets(up(q1), up(q2)))).toBe(true);
        expect(
          isEmptySubset(subtractSubsets(down(p1), allPartitions(edge.downstream, context))),
        ).toBe(true);
        const { subset, nonexistent } = upstreamOf(edge, q1, context);
        expect(isEmptySubset(subtractSubsets(subset, allPartitions(edge.upstream, context)))).toBe(
          true,
        );
        expect(
          countSubset(intersectSubsets(nonexistent, allPartitions(edge.upstream, context))),
        ).toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  test("of one cadence needs what an explicit walk over the keys needs", () => {
    fc.assert(
      fc.property(
        anySameCadenceEdge.filter(
          ({ upstream, downstream }) =>
            [upstream, downstream].every(
              (side) => "exclusions" in side && side.exclusions.length === 0,
            ) &&
            countPartitions(upstream, context) > 0 &&
            countPartitions(upstream, context) < 2500,
        ),
        ({ upstream, downstream, mapping }) => {
          const edge = { upstream, downstream, mapping };
          if (mapping.kind !== "timeWindow") throw new Error("Bug: a mapping by time");
          const { startOffset, endOffset } = mapping;
          const existing = allPartitions(upstream, context);
          const [first, last] = [firstOfSubset(existing, 1), lastOfSubset(existing, 1)].map(
            (subset) => [...subsetOrdinals(subset)][0] ?? 0,
          );
          if (first === undefined || last === undefined) throw new Error("Bug: both exist");
          for (const [ordinal = 0] of some(downstream, 12)) {
            // An end moves step by step, and stops at existing partitions unless it was outside
            // from the start.
            const moved = (end: number, offset: number): number => {
              let at = end;
              for (let step = 0; step < Math.abs(offset); step++) {
                if (offset < 0 && at > first) at--;
                if (offset > 0 && at < last + 1) at++;
              }
              return at;
            };
            const to = moved(ordinal + 1, endOffset);
            const needed: number[] = [];
            for (let each = moved(ordinal, startOffset); each < to; each++) needed.push(each);
            const answer = upstreamOf(
              edge,
              subsetFromCoordinates(downstream, [[ordinal]]),
              context,
            );
            const isThere = (each: number): boolean => subsetHas(existing, [each]);
            expect([...subsetOrdinals(answer.subset)]).toEqual(needed.filter(isThere));
            expect([...subsetOrdinals(answer.nonexistent)]).toEqual(
              needed.filter((each) => !isThere(each)),
            );
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  test("resolves to itself", () => {
    fc.assert(
      fc.property(anyEdge, ({ upstream, downstream, mapping }) => {
        const resolved = resolveMapping(upstream, downstream, mapping);
        expect(resolveMapping(upstream, downstream, resolved)).toEqual(resolved);
      }),
    );
  });
});
