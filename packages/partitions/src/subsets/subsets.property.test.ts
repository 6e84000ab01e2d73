import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PartitionsContext } from "../context/partitionsContext.ts";
import { partitionOfKey } from "../definitions/partitionAnswers.ts";
import { partitionKeys } from "../definitions/partitionKeys.ts";
import {
  anyMultiPartitions,
  anyStaticPartitions,
  anyTimeWindowPartitions,
} from "../testing/anyDefinition.ts";
import { anySubsetOf } from "../testing/anySubset.ts";
import { decodeSubset, encodeSubset } from "./encodeSubset.ts";
import {
  countSubset,
  emptySubset,
  equalSubsets,
  isEmptySubset,
  type PartitionsSubset,
  subsetHas,
} from "./partitionsSubset.ts";
import {
  allPartitions,
  complementSubset,
  intersectSubsets,
  subtractSubsets,
  unionSubsets,
} from "./subsetAlgebra.ts";
import { axisPlaceOf, subsetAfter } from "./subsetAfter.ts";
import { subsetFromKeys, subsetFromRange, subsetOfDimensions } from "./subsetFromKeys.ts";
import { subsetKeys } from "./subsetKeys.ts";
import { forEachLane, subsetFromLanes } from "./subsetLanes.ts";
import { keyRangesOfSubset } from "./subsetRanges.ts";
import { firstOfSubset, lastOfSubset, spreadOfSubset } from "./subsetSamples.ts";

const context: PartitionsContext = { nowMs: Date.UTC(2024, 0, 8) };
const anyDefinition = fc.oneof(
  { weight: 3, arbitrary: anyMultiPartitions },
  { weight: 1, arbitrary: anyStaticPartitions },
  {
    weight: 1,
    arbitrary: anyTimeWindowPartitions({ startYears: [2024, 2024], withExclusions: true }).map(
      (each) => ({ ...each, start: "2024-01-01" }),
    ),
  },
);
const anyTwoSubsets = anyDefinition.chain((definition) =>
  fc.record({
    definition: fc.constant(definition),
    a: anySubsetOf(definition, context),
    b: anySubsetOf(definition, context),
  }),
);
const keysOf = (subset: PartitionsSubset): string[] => [...subsetKeys(subset, context)];

describe("a subset of any definition", () => {
  test("agrees with a plain Set of keys, in definition order", () => {
    fc.assert(
      fc.property(anyTwoSubsets, ({ definition, a, b }) => {
        const all = [...partitionKeys(definition, context)];
        const [inA, inB] = [new Set(keysOf(a)), new Set(keysOf(b))];
        expect(keysOf(a)).toEqual(all.filter((key) => inA.has(key)));
        expect(countSubset(a)).toBe(inA.size);
        expect(keysOf(unionSubsets(a, b))).toEqual(
          all.filter((key) => inA.has(key) || inB.has(key)),
        );
        expect(keysOf(intersectSubsets(a, b))).toEqual(
          all.filter((key) => inA.has(key) && inB.has(key)),
        );
        expect(keysOf(subtractSubsets(a, b))).toEqual(
          all.filter((key) => inA.has(key) && !inB.has(key)),
        );
        expect(keysOf(complementSubset(a, context))).toEqual(all.filter((key) => !inA.has(key)));
        for (const key of all.slice(0, 50))
          expect(subsetHas(a, partitionOfKey(definition, key, context) ?? [])).toBe(inA.has(key));
      }),
      { numRuns: 250 },
    );
  });

  test("continues after any place, whether a partition of the subset is there or not", () => {
    fc.assert(
      fc.property(anyTwoSubsets, fc.nat(), ({ definition, a }, at) => {
        const all = [...partitionKeys(definition, context)];
        const key = all[at % Math.max(1, all.length)];
        if (key === undefined) return;
        const coordinates = partitionOfKey(definition, key, context) ?? [];
        const place = coordinates.map((coordinate, axis) =>
          axisPlaceOf(definition, axis, coordinate, context),
        );
        const behind = new Set(all.slice(all.indexOf(key) + 1));
        expect(keysOf(subsetAfter(a, place, context))).toEqual(
          keysOf(a).filter((each) => behind.has(each)),
        );
      }),
    );
  });

  test("has one representation, however it is built", () => {
    fc.assert(
      fc.property(anyTwoSubsets, ({ definition, a, b }) => {
        expect(unionSubsets(subtractSubsets(a, b), intersectSubsets(a, b))).toEqual(a);
        expect(unionSubsets(a, b)).toEqual(unionSubsets(b, a));
        expect(subtractSubsets(a, subtractSubsets(a, b))).toEqual(intersectSubsets(a, b));
        expect(complementSubset(complementSubset(a, context), context)).toEqual(a);
        expect(subsetFromKeys(definition, keysOf(a).toReversed(), context)).toEqual(a);
        const lanes: Parameters<typeof subsetFromLanes>[1] extends Iterable<infer Lane>
          ? Lane[]
          : never = [];
        forEachLane(a, (lane, ordinals) => lanes.push([lane, ordinals]));
        expect(subsetFromLanes(definition, lanes.toReversed())).toEqual(a);
        expect(decodeSubset(definition, encodeSubset(a))).toEqual(a);
        expect(equalSubsets(a, b)).toBe(keysOf(a).join() === keysOf(b).join());
        expect(isEmptySubset(subtractSubsets(a, a))).toBe(true);
      }),
      { numRuns: 250 },
    );
  });

  test("gives the same first, last and spread partitions as its keys in definition order", () => {
    fc.assert(
      fc.property(anyTwoSubsets, fc.nat(30), ({ a }, n) => {
        const keys = keysOf(a);
        expect(keysOf(firstOfSubset(a, n))).toEqual(keys.slice(0, n));
        expect(keysOf(lastOfSubset(a, n))).toEqual(n === 0 ? [] : keys.slice(-n));
        const spread = keysOf(spreadOfSubset(a, n));
        expect(spread).toHaveLength(Math.min(n, keys.length));
        if (n > 1 && keys.length > 0)
          expect([spread[0], spread.at(-1)]).toEqual([keys[0], keys.at(-1)]);
      }),
      { numRuns: 200 },
    );
  });

  test("is the union of its ranges of keys", () => {
    fc.assert(
      fc.property(anyTwoSubsets, ({ definition, a }) => {
        const ranges = keyRangesOfSubset(a, context).map(([from, to]) =>
          subsetFromRange(definition, from, to, context),
        );
        const union = ranges.reduce<PartitionsSubset>(
          (all, range) => unionSubsets(all, range),
          emptySubset(definition),
        );
        expect(union).toEqual(a);
        expect(ranges.reduce((count, range) => count + countSubset(range), 0)).toBe(countSubset(a));
      }),
      { numRuns: 150 },
    );
  });
});

test("a product of dimensions has every combination of its sides", () => {
  fc.assert(
    fc.property(
      anyMultiPartitions.chain((definition) => {
        const names = Object.keys(definition.dimensions);
        return fc.tuple(fc.constant(definition), fc.constantFrom(...names), fc.nat(10));
      }),
      ([definition, name, n]) => {
        const dimension = definition.dimensions[name];
        if (dimension === undefined) return;
        const chosen = [...partitionKeys(dimension, context)].slice(0, n);
        const part = Object.keys(definition.dimensions).sort().indexOf(name);
        const expected = [...partitionKeys(definition, context)].filter((key) =>
          chosen.includes(key.split("|")[part] ?? ""),
        );
        expect(keysOf(subsetOfDimensions(definition, { [name]: chosen }, context))).toEqual(
          expected,
        );
        expect(subsetOfDimensions(definition, {}, context)).toEqual(
          allPartitions(definition, context),
        );
      },
    ),
  );
});
