import { type AnyAsset, asset, assetGraph, dep } from "@infill/core";
import {
  allPartitions,
  daily,
  firstOfSubset,
  forEachLane,
  integersFromSorted,
  intersectSubsets,
  isEmptySubset,
  multi,
  noIntegers,
  type PartitionsSubset,
  staticPartitions,
  subsetFromKeys,
  subsetKeys,
  timeWindowMapping,
  upstreamOf,
  weekly,
} from "@infill/partitions";
import { AssetOrdinals, newTileLayout } from "@infill/state";
import fc from "fast-check";
import { expect, test } from "vitest";
import { AssetProgress } from "./assetProgress.ts";
import { LaneProgress } from "./laneProgress.ts";
import { Readiness } from "./readiness.ts";

const at = { nowMs: Date.UTC(2024, 1, 15) };
const materialize = () => {};
const days = daily({ start: "2024-01-01", end: "2024-01-25" });
const regions = staticPartitions(["us", "eu", "jp"]);
const raw = asset({ name: "raw", partitions: days, materialize });
const perRegion = asset({
  name: "per_region",
  partitions: multi({ date: days, region: regions }),
  deps: [raw],
  materialize,
});
const running = asset({
  name: "running",
  partitions: days,
  deps: [
    dep("running", { mapping: timeWindowMapping({ startOffset: -1, endOffset: -1 }) }),
    dep(perRegion),
  ],
  materialize,
});
const weeks = asset({
  name: "weeks",
  partitions: weekly({ start: "2024-01-01", dayOffset: 1 }),
  deps: [dep(running, { mapping: timeWindowMapping({ allowNonexistentUpstream: true }) })],
  materialize,
});
const total = asset({ name: "total", deps: [weeks, perRegion], materialize });
const graph = assetGraph([raw, perRegion, running, weeks, total]);

/** All partitions of each asset, waiting to run. */
function freshProgress(): Map<string, AssetProgress> {
  return new Map(
    Array.from(graph.assets.values(), (definition: AnyAsset) => {
      const ordinals = new AssetOrdinals(
        definition.partitions,
        definition.partitions.kind === "multi" ? [undefined, undefined] : [undefined],
        newTileLayout(definition.partitions),
      );
      const registered = {
        asset: definition,
        fingerprint: "",
        epoch: "",
        codeVersionNumber: 0,
        ordinals,
      };
      const lanes: LaneProgress[] = [];
      forEachLane(allPartitions(definition.partitions, at), (coordinates, selected) => {
        const none = {
          settled: noIntegers,
          failed: noIntegers,
          skipped: noIntegers,
          canceled: noIntegers,
          queued: noIntegers,
        };
        lanes.push(
          new LaneProgress(ordinals.placeOf(coordinates), coordinates, { selected, ...none }),
        );
      });
      return [definition.name, new AssetProgress(registered, lanes)];
    }),
  );
}

/**
 * What may start, key by key: no outcome, no job, and each selected upstream partition has
 * succeeded.
 */
function naiveReady(
  assets: ReadonlyMap<string, AssetProgress>,
  succeeded: ReadonlyMap<string, Set<string>>,
): string[] {
  const ready: string[] = [];
  for (const progress of assets.values()) {
    const { name, registered } = progress;
    for (const key of subsetKeys(progress.subset("unsettled"), at)) {
      const one = subsetFromKeys(registered.asset.partitions, [key], at);
      if (!isDisjoint(one, progress.subset("queued"))) continue;
      const isFree = graph
        .upstreamEdges(name)
        .every((edge) =>
          [...subsetKeys(upstreamOf(edge, one, at).subset, at)].every((needed) =>
            succeeded.get(edge.upstreamAsset)?.has(needed),
          ),
        );
      if (isFree) ready.push(`${name} ${key}`);
    }
  }
  return ready.sort();
}

function isDisjoint(one: PartitionsSubset, other: PartitionsSubset): boolean {
  return isEmptySubset(intersectSubsets(one, other));
}

function keysOf(assets: ReadonlyMap<string, AssetProgress>): string[] {
  return Array.from(assets.values())
    .flatMap((progress) =>
      Array.from(subsetKeys(progress.subset("ready"), at), (key) => `${progress.name} ${key}`),
    )
    .sort();
}

test("the ready partitions after each settlement equal those of a key-by-key walk over the graph", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 9 })), { maxLength: 60 }),
      (picks) => {
        const assets = freshProgress();
        const readiness = new Readiness(graph, assets, at);
        readiness.compute();
        const succeeded = new Map(Array.from(assets.keys(), (name) => [name, new Set<string>()]));
        expect(keysOf(assets)).toEqual(naiveReady(assets, succeeded));
        for (const [pick, count] of picks) {
          const candidates = Array.from(assets.values()).filter(
            (progress) => progress.count("ready") > 0,
          );
          const progress = candidates[pick % Math.max(1, candidates.length)];
          if (progress === undefined) break;
          const done = firstOfSubset(progress.subset("ready"), count);
          progress.eachLaneOf(done, (lane, coordinates) => {
            for (const bits of [lane.ready, lane.unsettled, lane.outstanding])
              bits.deleteAll(coordinates);
          });
          for (const key of subsetKeys(done, at)) succeeded.get(progress.name)?.add(key);
          readiness.succeeded(progress, done);
          expect(keysOf(assets)).toEqual(naiveReady(assets, succeeded));
          const fresh = freshlyComputed(assets);
          expect(keysOf(assets)).toEqual(fresh);
        }
      },
    ),
    { numRuns: 40 },
  );
});

/** The same sets, with the ready partitions computed from scratch. */
function freshlyComputed(assets: ReadonlyMap<string, AssetProgress>): string[] {
  const before = new Map(
    Array.from(assets.values(), (progress) => [
      progress,
      Array.from(progress.lanes(), (lane) => lane.ready.toSet()),
    ]),
  );
  for (const progress of assets.values())
    for (const lane of progress.lanes()) lane.ready.deleteAll(lane.ready.toSet());
  new Readiness(graph, assets, at).compute();
  const computed = keysOf(assets);
  for (const [progress, sets] of before) {
    for (const [index, lane] of Array.from(progress.lanes()).entries()) {
      lane.ready.deleteAll(lane.ready.toSet());
      lane.ready.addAll(sets[index] ?? noIntegers);
    }
  }
  return computed;
}

test("a failure dooms every unsettled partition downstream of it, and nothing else", () => {
  const assets = freshProgress();
  const readiness = new Readiness(graph, assets, at);
  readiness.compute();
  const source = assets.get("raw");
  if (source === undefined) throw new Error("no such asset");
  const [lane] = source.lanes();
  if (lane === undefined) throw new Error("no lane");
  const twentieth = integersFromSorted([(lane.unsettled.next(-(2 ** 31)) ?? 0) + 19]);
  const failed = source.subsetOf(() => twentieth);
  const doomed = readiness.doomedBy(source, failed);
  const keys = Object.fromEntries(
    Array.from(doomed, ([progress, subset]) => [progress.name, [...subsetKeys(subset, at)]]),
  );
  expect(keys["per_region"]).toEqual(["2024-01-20|us", "2024-01-20|eu", "2024-01-20|jp"]);
  expect(keys["running"]).toEqual([
    "2024-01-20",
    "2024-01-21",
    "2024-01-22",
    "2024-01-23",
    "2024-01-24",
  ]);
  expect(keys["weeks"]).toEqual(["2024-01-15", "2024-01-22"]);
  expect(keys["total"]).toHaveLength(1);
});
