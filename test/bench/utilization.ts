import { setTimeout as delay } from "node:timers/promises";
import { shortNumber } from "./barTable.ts";
import { minutesText } from "./processes/timedProject.ts";
import type { Scenario, ScenarioOptions } from "./scenario.ts";
import { numberArgument } from "./scenarioArguments.ts";
import { TimedEngine } from "./timedEngine.ts";

const workers = 2;
const concurrency = 25;
/** Until the window is full and durations are known, before anything is counted. */
const settleMs = 2_000;

/** In which share of the workers' slot time functions run, while enough is ready to fill every slot. */
export const scenario: Scenario = {
  name: "utilization",
  description: "share of slot time in which functions run [--seconds 10]",
  async run(options) {
    const seconds = numberArgument(options.args, "--seconds", 10);
    const busy20ms = await busyShare(options, 20, seconds);
    const busy200ms = await busyShare(options, 200, seconds);
    for (const [metric, value, least] of [
      ["busy20ms", busy20ms, 0.95],
      ["busy200ms", busy200ms, 0.99],
    ] as const)
      options.log(`${metric} ${shortNumber(value)}, ${value >= least ? "over" : "UNDER"} ${least}`);
    return { busy20ms, busy200ms };
  },
};

async function busyShare(
  options: ScenarioOptions,
  partitionMs: number,
  seconds: number,
): Promise<number> {
  const engine = await TimedEngine.start(options, { workers, concurrency, partitionMs });
  try {
    const slots = workers * concurrency;
    // As many as full slots run in this time and some more: it cannot end while it is looked at.
    const lastsMs = settleMs + seconds * 1_000 + 2_000;
    const partitions = Math.ceil((slots * lastsMs) / partitionMs);
    const id = await engine.submit("minutes", minutesText(0, partitions));
    await engine.hasStarted(id);
    await delay(settleMs);
    const before = await engine.busy();
    await delay(seconds * 1_000);
    const after = await engine.busy();
    await engine.ended(id, "succeeded");
    const settled = await engine.settled(id);
    if (settled !== partitions) throw new Error(`${settled} of ${partitions} partitions settled`);
    let busyMs = 0;
    let slotMs = 0;
    let ended = 0;
    for (const [index, end] of after.entries()) {
      const start = before[index];
      if (start === undefined) throw new Error("Bug: a worker more than before");
      busyMs += end.busyMs - start.busyMs;
      slotMs += (end.atMs - start.atMs) * concurrency;
      ended += end.ended - start.ended;
    }
    options.log(
      `${partitionMs} ms: functions ran in ${shortNumber(busyMs / slotMs)} of the slot time, ` +
        `in ${shortNumber((ended * partitionMs) / slotMs)} of it if each took exactly ${partitionMs} ms`,
    );
    return busyMs / slotMs;
  } finally {
    await engine.close();
  }
}
