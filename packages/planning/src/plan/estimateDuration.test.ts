import { type AnyAsset, asset, assetGraph, dep } from "@infill/core";
import {
  axesOf,
  daily,
  firstOfSubset,
  allPartitions,
  multi,
  staticPartitions,
  timeWindowMapping,
} from "@infill/partitions";
import { AssetOrdinals } from "@infill/state";
import { expect, test } from "vitest";
import { estimateDuration } from "./estimateDuration.ts";
import type { AssetPlan } from "./planBackfill.ts";
import { summaryOf } from "./recordedDurations.ts";

const at = { nowMs: Date.UTC(2024, 11, 1) };
const materialize = () => {};
const days = daily({ start: "2024-01-01", end: "2024-04-10" });
const raw = asset({ name: "raw", partitions: days, materialize });
const grid = asset({
  name: "grid",
  partitions: multi({ date: days, region: staticPartitions(["us", "eu"]) }),
  deps: [raw],
  materialize,
});
const chain = asset({
  name: "chain",
  partitions: days,
  deps: [dep("chain", { mapping: timeWindowMapping({ startOffset: -2, endOffset: -2 }) })],
  materialize,
});

const planOf = (of: AnyAsset, partitions: number): AssetPlan => {
  const toRun = firstOfSubset(allPartitions(of.partitions, at), partitions);
  const ordinals = new AssetOrdinals(
    of.partitions,
    axesOf(of.partitions).map(() => undefined),
  );
  const registered = { asset: of, fingerprint: "", epoch: "", codeVersionNumber: 0, ordinals };
  return {
    registered,
    selected: toRun,
    toRun,
    propagates: true,
    isNamed: true,
    takesUpstream: false,
    missingUpstream: [],
  };
};
const estimate = (
  plans: readonly AssetPlan[],
  durations: Readonly<Record<string, readonly number[]>>,
  slots: number,
) => {
  const known = Object.entries(durations).flatMap(([name, each]) => {
    const summary = summaryOf(each);
    return summary === undefined ? [] : [[name, summary] as const];
  });
  return estimateDuration(plans, assetGraph([raw, grid, chain]), new Map(known), () => slots);
};

test("divides the work by the slots, from the lower to the upper quartile", () => {
  const durations = { raw: [1_000, 1_000, 2_000, 4_000, 4_000] };
  expect(estimate([planOf(raw, 100)], durations, 10)).toEqual({
    isKnown: true,
    lowMs: 10_000,
    highMs: 40_000,
    withTwiceTheSlots: { lowMs: 5_000, highMs: 20_000 },
    sampled: 5,
    longestChain: 1,
  });
});

test("counts a few slow partitions among many fast ones by the mean", () => {
  const durations = { raw: [...Array.from({ length: 99 }, () => 100), 90_100] };
  expect(estimate([planOf(raw, 100)], durations, 1)).toMatchObject({
    lowMs: 10_000,
    highMs: 100_000,
  });
});

test("is never shorter than one partition of each asset on the longest path", () => {
  const durations = { raw: [1_000], grid: [3_000] };
  expect(estimate([planOf(raw, 3), planOf(grid, 6)], durations, 100)).toMatchObject({
    lowMs: 4_000,
    highMs: 4_000,
    withTwiceTheSlots: { lowMs: 4_000, highMs: 4_000 },
  });
});

test("an asset that depends on itself takes its longest chain, whatever the slots", () => {
  expect(estimate([planOf(chain, 100)], { chain: [200, 1_000, 5_000] }, 64)).toMatchObject({
    longestChain: 50,
    lowMs: 50_000,
    highMs: 50_000,
    withTwiceTheSlots: { lowMs: 50_000, highMs: 50_000 },
  });
});

test("names assets that never ran and pools without a worker, instead of an estimate", () => {
  expect(estimate([planOf(raw, 1), planOf(grid, 2)], { raw: [5] }, 8)).toEqual({
    isKnown: false,
    neverRun: ["grid"],
    withoutWorker: [],
  });
  expect(estimate([planOf(raw, 1)], { raw: [5] }, 0)).toEqual({
    isKnown: false,
    neverRun: [],
    withoutWorker: ["default"],
  });
  expect(estimate([planOf(raw, 0)], {}, 0)).toBeUndefined();
});

test("a single partition may take from the lower to the upper quartile", () => {
  const durations = { raw: [1_000, 1_000, 2_000, 4_000, 4_000] };
  expect(estimate([planOf(raw, 1)], durations, 100)).toMatchObject({ lowMs: 1_000, highMs: 4_000 });
});
