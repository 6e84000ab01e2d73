import {
  type AnyAsset,
  dimensionKeysAt,
  partitionKeys,
  type Project,
  requirePartition,
  subsetFromKeys,
  subsetKeys,
  timeWindowAt,
  upstreamOf,
} from "infill";
import { Interval } from "luxon";

const slots = 4;
const now = { nowMs: Date.UTC(2020, 0, 1) };
const quiet = { info() {}, warn() {}, error() {} };

/** Calls an asset's function in this process, without planner or worker; for all of its partitions unless told which. */
export async function materializeHere(
  project: Project,
  name: string,
  keys?: Iterable<string>,
): Promise<void> {
  const asset = project.graph.assets.get(name);
  if (asset === undefined) throw new Error(`Bug: the project has no asset "${name}".`);
  const waiting = [...(keys ?? partitionKeys(asset.partitions, now))];
  const work = async () => {
    for (let key = waiting.shift(); key !== undefined; key = waiting.shift()) {
      await asset.materialize(contextOf(project, asset, key));
    }
  };
  await Promise.all(Array.from({ length: slots }, work));
}

/** All assets, upstream first. */
export async function materializeAllHere(project: Project): Promise<void> {
  for (const name of project.graph.assets.keys()) await materializeHere(project, name);
}

function contextOf(project: Project, asset: AnyAsset, key: string) {
  const coordinates = requirePartition(asset.partitions, key, now);
  return {
    asset: asset.name,
    partition: { key, keys: dimensionKeysAt(asset.partitions, coordinates, now) },
    backfillId: "none",
    attempt: 1,
    signal: new AbortController().signal,
    log: quiet,
    get window() {
      const window = timeWindowAt(asset.partitions, coordinates);
      if (window === undefined) throw new Error(`Bug: "${asset.name}" has no time window.`);
      return Interval.fromISO(
        `${new Date(window.startMs).toISOString()}/${new Date(window.endMs).toISOString()}`,
        {
          zone: "utc",
        },
      );
    },
    upstreamKeys(upstream: string): Iterable<string> {
      const edge = project.graph
        .upstreamEdges(asset.name)
        .find((candidate) => candidate.upstreamAsset === upstream);
      if (edge === undefined)
        throw new Error(`Bug: "${asset.name}" does not depend on "${upstream}".`);
      return subsetKeys(
        upstreamOf(edge, subsetFromKeys(asset.partitions, [key], now), now).subset,
        now,
      );
    },
  };
}
