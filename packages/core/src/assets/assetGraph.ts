import { type Edge, InfillError, type PartitionMapping, resolveMapping } from "@infill/partitions";
import { type AnyAsset, isByValue } from "./asset.ts";
import {
  AssetCycleError,
  DependencyMappingError,
  DuplicateAssetError,
  UnknownAssetError,
  UnlistedAssetError,
} from "./graphErrors.ts";

/** A dependency between two assets, with its mapping resolved. */
export interface AssetEdge extends Edge {
  readonly upstreamAsset: string;
  readonly downstreamAsset: string;
}

/** The assets of a project and their dependencies. */
export interface AssetGraph {
  /** By name, in topological order: an asset comes after everything that it depends on. */
  readonly assets: ReadonlyMap<string, AnyAsset>;
  /** The edges into an asset, including self-dependencies. */
  upstreamEdges(asset: string): readonly AssetEdge[];
  /** The edges out of an asset, including self-dependencies. */
  downstreamEdges(asset: string): readonly AssetEdge[];
}

/**
 * Checks assets and their dependencies, and sorts them topologically.
 *
 * @throws DuplicateAssetError, UnknownAssetError, UnlistedAssetError, AssetCycleError,
 *   DependencyMappingError
 */
export function assetGraph(assets: readonly AnyAsset[]): AssetGraph {
  const byName = uniqueByName(assets);
  const upstream = new Map<string, AssetEdge[]>();
  const downstream = new Map<string, AssetEdge[]>();
  for (const name of byName.keys()) {
    upstream.set(name, []);
    downstream.set(name, []);
  }
  for (const asset of byName.values()) {
    for (const dependency of asset.dependencies) {
      const source = byName.get(dependency.asset);
      if (source === undefined) {
        if (isByValue(dependency)) throw new UnlistedAssetError(dependency.asset, asset.name);
        throw new UnknownAssetError(dependency.asset, [...byName.keys()], asset.name);
      }
      const edge = edgeBetween(source, asset, dependency.mapping);
      upstream.get(asset.name)?.push(edge);
      downstream.get(source.name)?.push(edge);
    }
  }
  const ordered = topologicalOrder([...byName.keys()], upstream);
  return {
    assets: new Map(ordered.flatMap((name) => entryOf(byName, name))),
    upstreamEdges: (name) => upstream.get(name) ?? [],
    downstreamEdges: (name) => downstream.get(name) ?? [],
  };
}

function uniqueByName(assets: readonly AnyAsset[]): Map<string, AnyAsset> {
  const byName = new Map<string, AnyAsset>();
  const folded = new Map<string, string>();
  for (const asset of assets) {
    const earlier = folded.get(asset.name.toLowerCase());
    if (earlier !== undefined) throw new DuplicateAssetError(earlier, asset.name);
    folded.set(asset.name.toLowerCase(), asset.name);
    byName.set(asset.name, asset);
  }
  return byName;
}

function edgeBetween(
  source: AnyAsset,
  target: AnyAsset,
  mapping: PartitionMapping | undefined,
): AssetEdge {
  if (source === target && !looksBack(mapping))
    throw new AssetCycleError([target.name, target.name]);
  return {
    upstreamAsset: source.name,
    downstreamAsset: target.name,
    upstream: source.partitions,
    downstream: target.partitions,
    mapping: mappingBetween(source, target, mapping),
  };
}

/** @throws DependencyMappingError if the two definitions and the mapping do not fit */
function mappingBetween(
  source: AnyAsset,
  target: AnyAsset,
  mapping: PartitionMapping | undefined,
): PartitionMapping {
  try {
    return resolveMapping(source.partitions, target.partitions, mapping);
  } catch (error) {
    if (!(error instanceof InfillError)) throw error;
    throw new DependencyMappingError(source.name, target.name, error);
  }
}

/**
 * Whether a self-dependency reads only earlier partitions; a partition that needs itself would
 * never start.
 */
function looksBack(mapping: PartitionMapping | undefined): boolean {
  if (mapping === undefined) return false;
  if (mapping.kind === "timeWindow") return mapping.endOffset < 0;
  return mapping.kind === "multi" || mapping.kind === "static";
}

/**
 * Depth-first with an explicit stack, so that a chain of ten thousand assets does not overflow the
 * call stack.
 */
function topologicalOrder(
  names: readonly string[],
  upstream: ReadonlyMap<string, readonly AssetEdge[]>,
): string[] {
  const done = new Set<string>();
  const ordered: string[] = [];
  for (const root of names) {
    const path: { name: string; needs: string[] }[] = [];
    const onPath = new Set<string>();
    const enter = (name: string) => {
      const needs = (upstream.get(name) ?? [])
        .map((edge) => edge.upstreamAsset)
        .filter((need) => need !== name);
      path.push({ name, needs: needs.toReversed() });
      onPath.add(name);
    };
    if (!done.has(root)) enter(root);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const next = top.needs.pop();
      if (next === undefined) {
        done.add(top.name);
        ordered.push(top.name);
        onPath.delete(top.name);
        path.pop();
      } else if (onPath.has(next)) {
        const cycle = path.map((step) => step.name);
        throw new AssetCycleError([...cycle.slice(cycle.indexOf(next)), next]);
      } else if (!done.has(next)) {
        enter(next);
      }
    }
  }
  return ordered;
}

function entryOf(byName: ReadonlyMap<string, AnyAsset>, name: string): [string, AnyAsset][] {
  const asset = byName.get(name);
  return asset === undefined ? [] : [[name, asset]];
}
