import { type AnyAsset, asset, assetGraph, dep } from "@infill/core";
import {
  allPartitions,
  allPartitionsMapping,
  axesOf,
  type Coordinates,
  daily,
  forEachLane,
  hourly,
  integers,
  lastPartitionMapping,
  latestOverlapping,
  multi,
  multiMapping,
  type PartitionsDefinition,
  specificPartitions,
  staticMapping,
  staticPartitions,
  subsetFromCoordinates,
  subsetHas,
  timeWindowMapping,
  trailingWindows,
  upstreamOf,
  weekly,
} from "@infill/partitions";
import { AssetOrdinals, type SettlementTable } from "@infill/state";
import fc from "fast-check";
import { expect, test } from "vitest";
import { olderThanUpstream } from "./olderThanUpstream.ts";
import { Settlements } from "./settlements.ts";

const at = { nowMs: Date.UTC(2024, 0, 20) };
const materialize = () => {};
const hours = asset({
  name: "hours",
  partitions: hourly({ start: "2024-01-01", end: "2024-01-04" }),
  materialize,
});
const dayDefinition = daily({ start: "2024-01-01", end: "2024-01-15" });
const regionDefinition = staticPartitions(["us", "eu", "jp"]);
const days = asset({ name: "days", partitions: dayDefinition, deps: [hours], materialize });
const self = asset({
  name: "self",
  partitions: dayDefinition,
  deps: [
    dep("self", { mapping: timeWindowMapping({ startOffset: -2, endOffset: -1 }) }),
    dep(days, { mapping: trailingWindows(3) }),
  ],
  materialize,
});
const grid = asset({
  name: "grid",
  partitions: multi({ date: dayDefinition, region: regionDefinition }),
  deps: [self],
  materialize,
});
const finer = asset({
  name: "finer",
  partitions: multi({
    date: dayDefinition,
    region: regionDefinition,
    kind: staticPartitions(["a", "b"]),
  }),
  deps: [dep(grid, { mapping: multiMapping({ date: { dimension: "date" } }) })],
  materialize,
});
const weeks = asset({
  name: "weeks",
  partitions: weekly({ start: "2024-01-01" }),
  deps: [dep(days, { mapping: latestOverlapping() })],
  materialize,
});
const regions = asset({
  name: "regions",
  partitions: regionDefinition,
  deps: [grid, dep(days, { mapping: lastPartitionMapping() })],
  materialize,
});
const groups = asset({
  name: "groups",
  partitions: staticPartitions(["west", "east"]),
  deps: [
    dep(regions, { mapping: staticMapping({ us: ["west"], eu: ["west", "east"] }) }),
    dep(days, { mapping: specificPartitions(["2024-01-03", "2024-01-05"]) }),
  ],
  materialize,
});
const total = asset({
  name: "total",
  deps: [groups, dep(finer, { mapping: allPartitionsMapping() })],
  materialize,
});
const graph = assetGraph([hours, days, self, grid, finer, weeks, regions, groups, total]);
const edges = [...graph.assets.keys()].flatMap((name) => graph.upstreamEdges(name));

interface Settled {
  readonly coordinates: Coordinates;
  readonly settledMs: number;
}

function partitionsOf(definition: PartitionsDefinition): Coordinates[] {
  const found: Coordinates[] = [];
  forEachLane(allPartitions(definition, at), (lane, ordinals) => {
    for (const ordinal of integers(ordinals)) found.push([...lane, ordinal]);
  });
  return found;
}

/**
 * Some partitions of an asset, each with a time; many close together or equal, and some far apart.
 */
function anySettled(of: AnyAsset): fc.Arbitrary<readonly Settled[]> {
  const partitions = partitionsOf(of.partitions);
  return fc
    .array(fc.option(fc.oneof(fc.nat(30), fc.nat(5_000))), {
      minLength: partitions.length,
      maxLength: partitions.length,
    })
    .map((times) =>
      partitions.flatMap((coordinates, index) => {
        const settledMs = times[index];
        return settledMs === null || settledMs === undefined
          ? []
          : [{ coordinates, settledMs: 1_000 + settledMs }];
      }),
    );
}

function settlementsOf(of: AnyAsset, settled: readonly Settled[]): Settlements {
  const ordinals = new AssetOrdinals(
    of.partitions,
    axesOf(of.partitions).map(() => undefined),
  );
  const lanes: { lane: string; from: number; end: number }[] = [];
  for (const [row, { coordinates }] of settled.entries()) {
    const { lane } = ordinals.addressOf(coordinates);
    const last = lanes.at(-1);
    if (last?.lane === lane) last.end = row + 1;
    else lanes.push({ lane, from: row, end: row + 1 });
  }
  const table: SettlementTable = {
    count: settled.length,
    lanes,
    ordinals: Int32Array.from(settled, ({ coordinates }) => coordinates.at(-1) ?? 0),
    settledMs: Float64Array.from(settled, ({ settledMs }) => settledMs),
    codeVersionNumbers: new Uint16Array(settled.length),
  };
  return new Settlements(table, ordinals);
}

test.each(edges.map((edge) => [`${edge.upstreamAsset} → ${edge.downstreamAsset}`, edge] as const))(
  "%s: finds the same partitions older than their upstream as a check of each one",
  (_, edge) => {
    const [up, down] = [edge.upstreamAsset, edge.downstreamAsset].map((name) =>
      graph.assets.get(name),
    );
    if (up === undefined || down === undefined) throw new Error("Bug: an edge of no assets");
    const anySides = anySettled(up).chain((upstream) =>
      fc.tuple(fc.constant(upstream), up === down ? fc.constant(upstream) : anySettled(down)),
    );
    fc.assert(
      fc.property(anySides, ([upstream, downstream]) => {
        const settlements = settlementsOf(down, downstream);
        const rows = olderThanUpstream(edge, settlements, settlementsOf(up, upstream), at);
        const naive = downstream.flatMap(({ coordinates, settledMs }, row) => {
          const one = subsetFromCoordinates(edge.downstream, [coordinates]);
          const needed = upstreamOf(edge, one, at).subset;
          const isOlder = upstream.some(
            (each) => each.settledMs > settledMs && subsetHas(needed, each.coordinates),
          );
          return isOlder ? [row] : [];
        });
        expect([...rows]).toEqual(naive);
      }),
      { numRuns: 60 },
    );
  },
);

test("maps nothing if all of the downstream is newer", () => {
  const [edge] = graph.upstreamEdges("days");
  if (edge === undefined) throw new Error("Bug: days read hours");
  let mapped = 0;
  const counting = {
    ...edge,
    get mapping() {
      mapped++;
      return edge.mapping;
    },
  };
  const all = (of: AnyAsset, settledMs: number): Settlements =>
    settlementsOf(
      of,
      partitionsOf(of.partitions).map((coordinates) => ({ coordinates, settledMs })),
    );
  expect(olderThanUpstream(counting, all(days, 2_000), all(hours, 2_000), at)).toHaveLength(0);
  expect(mapped).toBe(0);
  expect(olderThanUpstream(counting, all(days, 2_000), all(hours, 2_001), at)).toHaveLength(3);
  expect(mapped).toBe(1);
});
