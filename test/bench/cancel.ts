import { setTimeout as delay } from "node:timers/promises";
import { barTable, shortNumber } from "./barTable.ts";
import { allMinutes, minutesText } from "./processes/timedProject.ts";
import { wallClockMs } from "./processes/wallClock.ts";
import type { Scenario } from "./scenario.ts";
import { numberArgument } from "./scenarioArguments.ts";
import { TimedEngine } from "./timedEngine.ts";

/**
 * How long partitions still start after a cancel: from `client.backfills.cancel` being called to the last call of the asset's
 * function in any worker, with ten million selected. The worst of the rounds counts.
 */
export const scenario: Scenario = {
  name: "cancel",
  description:
    "from cancel to the last start [--workers 8] [--concurrency 16] [--partition-ms 1] [--rounds 3]",
  async run(options) {
    const { args, log } = options;
    const workers = numberArgument(args, "--workers", 8);
    const engine = await TimedEngine.start(options, {
      workers,
      concurrency: numberArgument(args, "--concurrency", 16),
      partitionMs: numberArgument(args, "--partition-ms", 1),
    });
    const delays: number[] = [];
    try {
      const rounds = numberArgument(args, "--rounds", 3);
      for (let round = 1; round <= rounds; round++) {
        const id = await engine.submit("minutes", minutesText(0, allMinutes));
        await engine.hasStarted(id);
        await delay(2_000);
        const canceledMs = wallClockMs();
        await engine.client.backfills.cancel(id);
        const answeredMs = wallClockMs();
        await engine.ended(id, "canceled");
        const endedMs = wallClockMs();
        // What BullMQ still held would start within this.
        await delay(1_000);
        const { count, lastMs } = await engine.starts(id);
        delays.push(Math.max(0, lastMs - canceledMs));
        log(
          `round ${round}: ${count} starts, the last ${shortNumber(lastMs - canceledMs)} ms after the cancel, ` +
            `which took ${shortNumber(answeredMs - canceledMs)} ms; ended after ${shortNumber(endedMs - canceledMs)} ms`,
        );
      }
    } finally {
      await engine.close();
    }
    const msToLastStart = Math.max(...delays);
    const what = `${workers} worker processes, worst round`;
    for (const line of barTable([
      { metric: "msToLastStart", value: msToLastStart, most: 1_000, what },
    ]))
      log(line);
    return { msToLastStart };
  },
};
