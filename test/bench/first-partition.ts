import { barTable, shortNumber } from "./barTable.ts";
import { median } from "./processes/median.ts";
import { minutesText } from "./processes/timedProject.ts";
import { wallClockMs } from "./processes/wallClock.ts";
import type { Scenario } from "./scenario.ts";
import { numberArgument } from "./scenarioArguments.ts";
import { TimedEngine } from "./timedEngine.ts";

const sizes = { ms1k: 1_000, ms100k: 100_000, ms10m: 10_000_000 };
/** Partitions of the backfill whose end is waited for. */
const fewPartitions = 200;

/**
 * How soon a backfill begins whatever its size, and how soon its end is known: from `client.backfills.create` being called to
 * the first call of the asset's function, and from the last settlement to what a watching client is told.
 */
export const scenario: Scenario = {
  name: "first-partition",
  description:
    "from submit to the first start, at three sizes; last settlement to end [--rounds 5]",
  async run(options) {
    const rounds = numberArgument(options.args, "--rounds", 5);
    const engine = await TimedEngine.start(options, { workers: 1, concurrency: 8 });
    const starts = new Map<string, number[]>(Object.keys(sizes).map((name) => [name, []]));
    const ends: number[] = [];
    try {
      for (let round = 0; round <= rounds; round++) {
        const figures: string[] = [];
        for (const [name, partitions] of Object.entries(sizes)) {
          const ms = await untilFirstStart(engine, partitions);
          figures.push(`${name} ${shortNumber(ms)}`);
          if (round > 0) starts.get(name)?.push(ms);
        }
        const ms = await untilReported(engine);
        options.log(
          `${round === 0 ? "warm-up" : `round ${round}`}: ${figures.join(", ")}, completeMs ${shortNumber(ms)}`,
        );
        if (round > 0) ends.push(ms);
      }
    } finally {
      await engine.close();
    }
    const of = (name: string) => median(starts.get(name) ?? []);
    const metrics = {
      ms1k: of("ms1k"),
      ms100k: of("ms100k"),
      ms10m: of("ms10m"),
      completeMs: median(ends),
    };
    const smallest = Math.min(metrics.ms1k, metrics.ms100k, metrics.ms10m);
    const most = Math.min(1_000, 2 * smallest);
    for (const line of barTable([
      { metric: "ms1k", value: metrics.ms1k, most: 1_000, what: "1,000 partitions" },
      { metric: "ms100k", value: metrics.ms100k, most: 1_000, what: "100,000 partitions" },
      { metric: "ms10m", value: metrics.ms10m, most, what: "10,000,000; at most twice the least" },
      { metric: "completeMs", value: metrics.completeMs, most: 100, what: "end known to a client" },
    ]))
      options.log(line);
    return metrics;
  },
};

async function untilFirstStart(engine: TimedEngine, partitions: number): Promise<number> {
  const submittedMs = wallClockMs();
  const id = await engine.submit("minutes", minutesText(0, partitions));
  await engine.hasStarted(id);
  const { status } = await engine.client.backfills.cancel(id);
  if (status === "canceling" || status === "canceled") await engine.ended(id, "canceled");
  return (await engine.starts(id)).firstMs - submittedMs;
}

async function untilReported(engine: TimedEngine): Promise<number> {
  const partitions = minutesText(0, fewPartitions);
  await engine.ended(await engine.submit("minutes", partitions), "succeeded");
  const reportedMs = wallClockMs();
  const { items } = await engine.client.partitions.list("minutes", {
    partitions,
    limit: fewPartitions,
  });
  const settledMs = items.map(({ lastSettlement }) => Date.parse(lastSettlement?.at ?? ""));
  return reportedMs - Math.max(...settledMs);
}
