import { setTimeout as delay } from "node:timers/promises";
import { barTable, shortNumber } from "./barTable.ts";
import { minutesText } from "./processes/timedProject.ts";
import { wallClockMs } from "./processes/wallClock.ts";
import type { Scenario, ScenarioOptions } from "./scenario.ts";
import { numberArgument } from "./scenarioArguments.ts";
import { TimedEngine } from "./timedEngine.ts";

const workers = 2;
const concurrency = 8;
/** Shares are looked at over spans of this length. */
const spanMs = 10_000;
/** Until both backfills have their window, before anything is counted. */
const settleMs = 2_000;

/**
 * How exactly two backfills of weights 1 and 3 share the workers, and how soon a scheduled run starts under a backfill
 * of a million partitions. The worst ten seconds, and the worst run, count.
 */
export const scenario: Scenario = {
  name: "fair",
  description:
    "sharing by weight, and scheduled runs [--partition-ms 50] [--seconds 30] [--runs 10]",
  async run(options) {
    const partitionMs = numberArgument(options.args, "--partition-ms", 50);
    const seconds = numberArgument(options.args, "--seconds", 30);
    const runs = numberArgument(options.args, "--runs", 10);
    const engine = await TimedEngine.start(options, { workers, concurrency, partitionMs });
    try {
      const shareError = await worstShareError(engine, seconds * 1_000, options);
      const scheduledStartMs = await worstScheduledStart(engine, runs, options);
      const most = 2 * partitionMs + 100;
      for (const line of barTable([
        { metric: "shareError", value: shareError, most: 0.1, what: "of 1:3, worst ten seconds" },
        {
          metric: "scheduledStartMs",
          value: scheduledStartMs,
          most,
          what: `worst of ${runs} runs, partitions of ${partitionMs} ms`,
        },
      ]))
        options.log(line);
      return { shareError, scheduledStartMs };
    } finally {
      await engine.close();
    }
  },
};

async function worstShareError(
  engine: TimedEngine,
  measureMs: number,
  { log }: ScenarioOptions,
): Promise<number> {
  // The lighter one runs alone for a while: what it has in the queue by then must not keep its share.
  const light = await engine.submit("minutes", minutesText(0, 1_000_000), { weight: 1 });
  await engine.hasStarted(light);
  await delay(1_000);
  const heavy = await engine.submit("minutes", minutesText(2_000_000, 1_000_000), { weight: 3 });
  await engine.hasStarted(heavy);
  await delay(settleMs);
  const samples: { atMs: number; light: number; heavy: number }[] = [];
  const endMs = wallClockMs() + measureMs;
  while (wallClockMs() < endMs) {
    const [a, b] = await Promise.all([engine.settled(light), engine.settled(heavy)]);
    samples.push({ atMs: wallClockMs(), light: a, heavy: b });
    await delay(500);
  }
  let worst = 0;
  for (const from of samples) {
    const to = samples.find(({ atMs }) => atMs >= from.atMs + spanMs);
    if (to === undefined) break;
    const ratio = (to.heavy - from.heavy) / (to.light - from.light);
    worst = Math.max(worst, Math.abs(ratio / 3 - 1));
  }
  const [first, last] = [samples[0], samples.at(-1)];
  if (first !== undefined && last !== undefined)
    log(`shares: ${last.light - first.light} to ${last.heavy - first.heavy} partitions`);
  for (const id of [light, heavy]) await engine.client.backfills.cancel(id);
  for (const id of [light, heavy]) await engine.ended(id, "canceled");
  return worst;
}

async function worstScheduledStart(
  engine: TimedEngine,
  runs: number,
  { log }: ScenarioOptions,
): Promise<number> {
  const large = await engine.submit("minutes", minutesText(4_000_000, 1_000_000));
  await engine.hasStarted(large);
  await delay(settleMs);
  const starts: number[] = [];
  for (let run = 0; run < runs; run++) {
    const submittedMs = wallClockMs();
    const id = await engine.submit("minutes", minutesText(6_000_000 + run, 1), {
      origin: "schedule",
    });
    await engine.ended(id, "succeeded");
    starts.push((await engine.starts(id)).firstMs - submittedMs);
  }
  log(`scheduled runs started after ${starts.map(shortNumber).join(", ")} ms`);
  await engine.client.backfills.cancel(large);
  await engine.ended(large, "canceled");
  return Math.max(...starts);
}
