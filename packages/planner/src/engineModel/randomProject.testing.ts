import { type AnyAsset, asset, type AssetGraph, dep, type Project, project } from "@infill/core";
import {
  allPartitions,
  allPartitionsMapping,
  countPartitions,
  countSubset,
  daily,
  dimensionMapping,
  downstreamOf,
  emptySubset,
  hourly,
  identityMapping,
  lastPartitionMapping,
  multi,
  multiMapping,
  type PartitionMapping,
  type PartitionsContext,
  type PartitionsDefinition,
  type PartitionsSubset,
  staticMapping,
  staticPartitions,
  timeWindowMapping,
  unionSubsets,
  unpartitioned,
  weekly,
} from "@infill/partitions";
import type { SeededRandom } from "./seededRandom.testing.ts";

/** The instant of every history, after the last window of every definition. */
export const historyNow: PartitionsContext = { nowMs: Date.UTC(2024, 11, 1) };

const firstDay = "2024-01-01";
/** Most pairs of an edge to all partitions; the naive model visits each pair. */
const mostPairs = 20_000;
/** Most windows of a self-dependent asset; each of them is a hop. */
const longestChain = 20;

/**
 * A project of two to six assets of different kinds, with mappings that fit.
 *
 * @param sizes least and most partitions that a request for all assets selects
 */
export function randomProject(
  random: SeededRandom,
  namespace: string,
  sizes: { readonly least: number; readonly most: number },
): Project {
  for (;;) {
    const assets = randomAssets(random);
    const total = assets.reduce((sum, { partitions }) => sum + sizeOf(partitions), 0);
    if (total < sizes.least || total > sizes.most) continue;
    const found = project({ namespace, assets });
    if (sizeOfWhole(found.graph) >= sizes.least) return found;
  }
}

/** How many partitions a request for all assets selects, without assets that nothing feeds. */
function sizeOfWhole(graph: AssetGraph): number {
  const selected = new Map<string, PartitionsSubset>();
  for (const { name, partitions } of graph.assets.values()) {
    const edges = graph.upstreamEdges(name).filter(({ upstreamAsset }) => upstreamAsset !== name);
    let subset =
      edges.length === 0 ? allPartitions(partitions, historyNow) : emptySubset(partitions);
    for (const edge of edges) {
      const upstream = selected.get(edge.upstreamAsset);
      if (upstream !== undefined)
        subset = unionSubsets(subset, downstreamOf(edge, upstream, historyNow));
    }
    selected.set(name, subset);
  }
  return Array.from(selected.values(), countSubset).reduce((sum, count) => sum + count, 0);
}

function randomAssets(random: SeededRandom): AnyAsset[] {
  const pools = random.chance(0.5) ? ["one"] : ["one", "two"];
  const count = random.between(2, 6);
  const assets: AnyAsset[] = [];
  for (let index = 0; index < count; index++) {
    const name = `asset${index}`;
    const isChain = random.chance(0.35);
    const definition = isChain ? randomChain(random) : randomDefinition(random);
    const upstream = random.some(
      assets,
      random.weighted([
        [1, 0],
        [5, 1],
        [3, 2],
      ]),
    );
    const deps = upstream.map((source) =>
      dep(source, optionsOf(mappingBetween(random, source.partitions, definition))),
    );
    const back = isChain ? mappingToItself(random, definition) : undefined;
    if (back !== undefined) deps.push(dep(name, { mapping: back }));
    const maxAttempts = random.between(1, 3);
    const common = { name, deps, pool: random.pick(pools), retry: { maxAttempts } };
    assets.push(asset({ ...common, partitions: definition, materialize: () => {} }));
  }
  return assets;
}

function optionsOf(mapping: PartitionMapping | undefined): { mapping?: PartitionMapping } {
  return mapping === undefined ? {} : { mapping };
}

/** Whether every asset has two dimensions: `INFILL_MODEL_GRIDS=1`. */
const onlyGrids = process.env["INFILL_MODEL_GRIDS"] === "1";

/** Days by regions; with many regions some lie in another tile than the first. */
function randomGrid(random: SeededRandom): PartitionsDefinition {
  const isWide = random.chance(0.4);
  const [fewDays, mostDays] = isWide ? [3, 8] : [10, 60];
  const [fewKeys, mostKeys] = isWide ? [60, 80] : [2, 8];
  return multi({
    date: daily(days(random, fewDays, mostDays)),
    region: randomKeys(random, fewKeys, mostKeys),
  });
}

function randomDefinition(random: SeededRandom): PartitionsDefinition {
  if (onlyGrids) return randomGrid(random);
  const kind = random.weighted([
    [5, "daily" as const],
    [2, "hourly" as const],
    [2, "weekly" as const],
    [2, "static" as const],
    [5, "multi" as const],
    [1, "unpartitioned" as const],
  ]);
  switch (kind) {
    case "daily":
      return daily(days(random, 10, 240));
    case "hourly":
      return hourly(days(random, 1, 5));
    case "weekly":
      return weekly({ ...days(random, 14, 200), dayOffset: 1 });
    case "static":
      return randomKeys(random, 3, 40);
    case "multi":
      return multi({ date: daily(days(random, 10, 120)), region: randomKeys(random, 2, 4) });
    case "unpartitioned":
      return unpartitioned;
  }
}

/** A definition with few windows, so that each may wait for the ones before. */
function randomChain(random: SeededRandom): PartitionsDefinition {
  if (!onlyGrids && random.chance(0.3))
    return weekly({ ...days(random, 30, 7 * longestChain), dayOffset: 1 });
  const date = daily(days(random, 5, longestChain));
  return !onlyGrids && random.chance(0.3)
    ? date
    : multi({ date, region: randomKeys(random, 2, 8) });
}

/** Between `least` and `most` days, from the first day on. */
function days(random: SeededRandom, least: number, most: number): { start: string; end: string } {
  return { start: firstDay, end: dayAfter(random.between(least, most)) };
}

/** Keys of which definitions made by different calls share some. */
function randomKeys(
  random: SeededRandom,
  least: number,
  most: number,
): ReturnType<typeof staticPartitions> {
  const first = random.chance(0.5) ? 0 : random.between(0, 2);
  const count = random.between(least, most);
  return staticPartitions(Array.from({ length: count }, (_, index) => `k${first + index}`));
}

function dayAfter(days: number): string {
  return new Date(Date.parse(firstDay) + days * 86_400_000).toISOString().slice(0, 10);
}

function sizeOf(definition: PartitionsDefinition): number {
  return countPartitions(definition, historyNow);
}

/** A mapping that fits both definitions; undefined for the default of the pair. */
function mappingBetween(
  random: SeededRandom,
  upstream: PartitionsDefinition,
  downstream: PartitionsDefinition,
): PartitionMapping | undefined {
  if (upstream.kind === "unpartitioned" || downstream.kind === "unpartitioned")
    return random.chance(0.8) ? undefined : lastPartitionMapping();
  if (random.chance(0.1)) return fanOut(random, upstream, downstream);
  if (upstream.kind === "timeWindow" && downstream.kind === "timeWindow") return windows(random);
  if (upstream.kind === "static" && downstream.kind === "static")
    return betweenKeys(random, upstream.keys, downstream.keys);
  const [up, down] = [dimensionsOf(upstream), dimensionsOf(downstream)];
  if (up.region !== undefined && down.region !== undefined) {
    return multiMapping({
      date: { dimension: "date", mapping: windows(random) },
      region: { dimension: "region", mapping: betweenKeys(random, up.region, down.region) },
    });
  }
  const other = up.region === undefined ? upstream : downstream;
  if (other.kind === "timeWindow" && (up.region ?? down.region) !== undefined)
    return dimensionMapping({ dimension: "date", mapping: windows(random) });
  const upKeys = up.region ?? (upstream.kind === "static" ? upstream.keys : undefined);
  const downKeys = down.region ?? (downstream.kind === "static" ? downstream.keys : undefined);
  if (upKeys !== undefined && downKeys !== undefined)
    return dimensionMapping({
      dimension: "region",
      mapping: betweenKeys(random, upKeys, downKeys),
    });
  return fanOut(random, upstream, downstream);
}

function dimensionsOf(definition: PartitionsDefinition): { readonly region?: readonly string[] } {
  const region = definition.kind === "multi" ? definition.dimensions["region"] : undefined;
  return region?.kind === "static" ? { region: region.keys } : {};
}

function fanOut(
  random: SeededRandom,
  upstream: PartitionsDefinition,
  downstream: PartitionsDefinition,
): PartitionMapping {
  const isSmall = sizeOf(upstream) * sizeOf(downstream) <= mostPairs;
  return isSmall && random.chance(0.6) ? allPartitionsMapping() : lastPartitionMapping();
}

function windows(random: SeededRandom): PartitionMapping {
  const startOffset = random.between(-3, 0);
  const endOffset = random.between(startOffset, 1);
  return timeWindowMapping({ startOffset, endOffset, allowNonexistentUpstream: true });
}

/** The same key if the upstream has all of the downstream's keys, else a table. */
function betweenKeys(
  random: SeededRandom,
  upstream: readonly string[],
  downstream: readonly string[],
): PartitionMapping {
  if (random.chance(0.5) && downstream.every((key) => upstream.includes(key)))
    return identityMapping();
  return staticMapping(
    Object.fromEntries(
      upstream.map((key) => [key, random.some(downstream, random.between(0, 2))] as const),
    ),
  );
}

/** A mapping of an asset with time windows to earlier partitions of itself. */
function mappingToItself(random: SeededRandom, definition: PartitionsDefinition): PartitionMapping {
  const endOffset = random.between(-2, -1);
  const earlier = timeWindowMapping({
    startOffset: endOffset - random.between(0, 1),
    endOffset,
    allowNonexistentUpstream: true,
  });
  if (definition.kind === "timeWindow") return earlier;
  return multiMapping({
    date: { dimension: "date", mapping: earlier },
    region: { dimension: "region", mapping: identityMapping() },
  });
}
