import type { Execution } from "./evidence.ts";
import { independentAsset } from "./processes/chaosProject.ts";
import type { Scenario } from "./scenario.ts";

/** The least time over which a rate says something, in milliseconds. */
const leastSpanMs = 1_000;
/** How long after a fault's start the rate is looked at at the least, in milliseconds: what it does may show when it is over. */
export const leastFaultMs = 2_000;

/** How fast the independent asset went before the fault, and during it. */
export interface IndependentRate {
  /** Partitions a second. */
  readonly before: number;
  readonly during: number;
  /** What was lost of the rate, in percent; negative where it went faster. */
  readonly lossPercent: number;
}

/**
 * Compares the independent asset's rates within one run, on one machine. A rate is the slots that were busy on average,
 * divided by how long a function took: other than counting ends, this needs no long span to be exact.
 *
 * @returns undefined where it did not run long enough before and during the fault
 */
export function independentRate({
  executions,
  scenario,
}: {
  readonly executions: readonly Execution[];
  readonly scenario: Pick<Scenario, "faultStartMs" | "faultEndMs">;
}): IndependentRate | undefined {
  const runs = executions.flatMap(({ start, end }) =>
    start.asset === independentAsset && end !== undefined
      ? [{ startMs: start.wallMs, endMs: end.wallMs }]
      : [],
  );
  const startMs = Math.min(...runs.map((run) => run.startMs));
  // From its last start on it runs out of partitions.
  const lastStartMs = Math.max(...runs.map((run) => run.startMs));
  const { faultStartMs, faultEndMs } = scenario;
  const before = rateWithin(runs, startMs, faultStartMs);
  const during = rateWithin(
    runs,
    faultStartMs,
    Math.min(lastStartMs, Math.max(faultEndMs, faultStartMs + leastFaultMs)),
  );
  if (before === undefined || during === undefined) return undefined;
  return { before, during, lossPercent: Math.round(100 * (1 - during / before)) };
}

function rateWithin(
  runs: readonly { readonly startMs: number; readonly endMs: number }[],
  fromMs: number,
  toMs: number,
): number | undefined {
  if (!(toMs - fromMs >= leastSpanMs)) return undefined;
  const touching = runs.filter(({ startMs, endMs }) => startMs < toMs && endMs > fromMs);
  if (touching.length === 0) return 0;
  const busyMs = touching.reduce(
    (sum, { startMs, endMs }) => sum + Math.min(endMs, toMs) - Math.max(startMs, fromMs),
    0,
  );
  const meanMs =
    touching.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0) / touching.length;
  return (1_000 * busyMs) / (toMs - fromMs) / meanMs;
}
