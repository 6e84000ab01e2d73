import { type Bar, barTable } from "./barTable.ts";
import { laneMemory } from "./laneMemory.ts";
import { minutesMemory } from "./minutesMemory.ts";
import type { Scenario, ScenarioOptions } from "./scenario.ts";
import { namesArgument, numberArgument } from "./scenarioArguments.ts";
import { cube, sparseLanes } from "./shapes/grids.ts";

const parts: ReadonlyMap<string, (options: ScenarioOptions) => Promise<Bar[]>> = new Map([
  ["minutes", minutesMemory],
  ["sparseLanes", sparseLanesMemory],
  ["cube", cubeMemory],
]);

/**
 * What Redis holds of a settled partition (of one lane, of lanes with one partition each, and of many full lanes), and
 * of a backfill of ten million while it runs. What is the same at any size (streams, scripts, buffers) is divided too,
 * so that small runs look worse than large ones.
 */
export const scenario: Scenario = {
  name: "memory",
  description:
    "bytes of Redis a settled partition, and of the queue at ten million " +
    `[--partitions 100000] [--seconds 5] [--days 40] [--only ${[...parts.keys()].join(",")}]`,
  async run(options) {
    const only = namesArgument(options.args, "--only", [...parts.keys()]);
    const bars: Bar[] = [];
    for (const [name, measure] of parts)
      if (only.includes(name)) bars.push(...(await measure(options)));
    for (const line of barTable(bars)) options.log(line);
    return Object.fromEntries(bars.map(({ metric, value }) => [metric, value]));
  },
};

async function sparseLanesMemory(options: ScenarioOptions): Promise<Bar[]> {
  const memory = await laneMemory(options, sparseLanes, 1);
  return [
    {
      metric: "sparseLanesBytesPerPartition",
      value: memory.bytesPerPartition,
      most: 100,
      what: "100,000 lanes with one partition each; one backfill kept",
    },
    {
      metric: "sparseLanesBytesPerKeptBackfill",
      value: memory.bytesPerKeptBackfill,
      most: 4,
      what: "a partition, for each further backfill",
    },
  ];
}

async function cubeMemory(options: ScenarioOptions): Promise<Bar[]> {
  const days = numberArgument(options.args, "--days", 40);
  const memory = await laneMemory(options, cube, days * 2_500);
  return [
    {
      metric: "cubeBytesPerPartition",
      value: memory.bytesPerPartition,
      most: 36,
      what: `${days} days × 2,500 lanes; 32, and 4 for the backfill; the bar is for 40 days`,
    },
    {
      metric: "cubeBytesPerKeptBackfill",
      value: memory.bytesPerKeptBackfill,
      most: 4,
      what: "a partition, for each further backfill",
    },
  ];
}
