import type { AnyAsset, Project } from "@infill/core";
import {
  axesOf,
  countPartitions,
  explainCronDays,
  TooManyPartitionsError,
  type TimeWindowPartitions,
} from "@infill/partitions";
import { countText } from "./render/numbers.ts";

/** More partitions than an asset is tested with. */
const manyPartitions = 10_000_000;

/** What a project's definitions say that works but may surprise, one sentence each. */
export function definitionWarnings(project: Project, nowMs: number): readonly string[] {
  const assets = [...project.graph.assets.values()];
  if (assets.length === 0)
    return ["The project has no assets: write project({ assets: [yourAsset] }) to give it one."];
  return assets.flatMap((asset) => [
    ...axesOf(asset.partitions).flatMap(({ definition }) =>
      definition.kind === "timeWindow" ? timeWarnings(asset.name, definition) : [],
    ),
    ...countWarnings(asset, nowMs),
  ]);
}

function timeWarnings(asset: string, definition: TimeWindowPartitions): readonly string[] {
  const { start, end, cron, exclusions } = definition;
  const crons = [cron, ...exclusions.flatMap((each) => ("cron" in each ? [each.cron] : []))];
  const explained = crons.flatMap((each) => explainCronDays(each) ?? []);
  return [
    // Wall times in one format are ordered as their texts are, of which a date is the first of its day.
    ...(end !== undefined && end <= start
      ? [`Asset "${asset}" has no partitions: its end ${end} is not after its start ${start}.`]
      : []),
    ...explained.map((text) => `Asset "${asset}": the cron ${text}.`),
  ];
}

function countWarnings({ name, partitions }: AnyAsset, nowMs: number): readonly string[] {
  // How many keys a dynamic dimension has is known to Redis only, and may change.
  if (axesOf(partitions).some(({ definition }) => definition.kind === "dynamic")) return [];
  const advice = "Check its start and cadence, or divide it among several assets.";
  try {
    const count = countPartitions(partitions, { nowMs });
    if (count <= manyPartitions) return [];
    return [
      `Asset "${name}" has ${countText(count)} partitions, more than the ${countText(manyPartitions)} that one asset is tested with. ${advice}`,
    ];
  } catch (error) {
    if (!(error instanceof TooManyPartitionsError)) throw error;
    return [`Asset "${name}": ${error.message} ${advice}`];
  }
}
