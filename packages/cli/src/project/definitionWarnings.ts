import type { AnyAsset, Project } from "@infill/core";
import {
  asTimeWindows,
  axesOf,
  countPartitions,
  dynamicNameOf,
  dynamicNamesOf,
  explainCronDays,
  type TimeWindowPartitions,
  TooManyPartitionsError,
} from "@infill/partitions";
import { countText } from "../text/numbers.ts";
import type { KindOfWarning } from "../text/warningLines.ts";

/** More partitions than an asset is tested with. */
const manyPartitions = 10_000_000;

/** What a project's definitions say that works but may surprise, one sentence each. */
export function definitionWarnings(project: Project, nowMs: number): readonly KindOfWarning[] {
  const assets = [...project.graph.assets.values()];
  if (assets.length === 0)
    return [
      {
        kind: "no_assets",
        text: "The project has no assets. Add one: project({ assets: [yourAsset] }).",
      },
    ];
  return assets.flatMap((asset) => [
    ...axesOf(asset.partitions).flatMap(({ definition }) => {
      const windows = asTimeWindows(definition);
      return windows === undefined ? [] : timeWarnings(asset.name, windows);
    }),
    ...countWarnings(asset, nowMs),
  ]);
}

function timeWarnings(asset: string, definition: TimeWindowPartitions): KindOfWarning[] {
  const { start, end, cron, exclusions } = definition;
  const crons = [cron, ...exclusions.flatMap((each) => ("cron" in each ? [each.cron] : []))];
  const explained = crons.flatMap((each) => explainCronDays(each) ?? []);
  return [
    // Wall times in one format are ordered as their texts are, of which a date is the first of its day.
    ...(end !== undefined && end <= start
      ? [
          {
            kind: "end_before_start",
            text: `Asset "${asset}" has no partitions: its end ${end} is not after its start ${start}.`,
          },
        ]
      : []),
    ...explained.map((text) => ({
      kind: "cron_days",
      text: `Asset "${asset}": the cron ${text}.`,
    })),
  ];
}

function countWarnings({ name, partitions }: AnyAsset, nowMs: number): KindOfWarning[] {
  const advice = "Check its start and cadence, or split it into several assets.";
  const counted = axesOf(partitions).filter(
    ({ definition }) => dynamicNameOf(definition) === undefined,
  );
  // How many keys a dynamic dimension has is known to Redis only, and may change.
  const uncounted = dynamicNamesOf(partitions).map((dynamic) => `"${dynamic}"`);
  const each =
    uncounted.length === 0
      ? ""
      : ` for each key of ${uncounted.join(" and ")}, whose keys are not counted`;
  try {
    let count = 1;
    for (const { definition } of counted) count *= countPartitions(definition, { nowMs });
    if (counted.length === 0 || count <= manyPartitions) return [];
    return [
      {
        kind: "many_partitions",
        text: `Asset "${name}" has ${countText(count)} partitions${each}; one asset is tested with up to ${countText(manyPartitions)}. ${advice}`,
      },
    ];
  } catch (error) {
    if (!(error instanceof TooManyPartitionsError)) throw error;
    return [{ kind: "many_partitions", text: `Asset "${name}": ${error.message} ${advice}` }];
  }
}
