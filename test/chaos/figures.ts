import { independentAsset } from "./processes/chaosProject.ts";
import { independentRate } from "./independentRate.ts";
import type { Evidence } from "./evidence.ts";

/** Figures by name, each finite, with the unit in the name. */
export type Figures = Record<string, number>;

/** When partitions settled, by Redis' clock, ascending; without the independent asset, which would hide that others stand still. */
export function settlementTimes({ scenario }: Evidence, asset?: string): number[] {
  return scenario.observer.settlements
    .filter(({ event }) => event.change.kind === "succeeded" || event.change.kind === "failed")
    .filter(({ event }) =>
      asset === undefined ? event.asset !== independentAsset : event.asset === asset,
    )
    .map(({ atMs }) => atMs)
    .sort((a, b) => a - b);
}

/** What is measured of every fault. */
export function figuresOf(evidence: Evidence): Figures {
  const { scenario, slowestScriptMs, peakRssMb } = evidence;
  const { faultStartMs, faultEndMs } = scenario;
  const times = settlementTimes(evidence);
  const after = times.find((atMs) => atMs >= faultEndMs);
  const executions = evidence.executions.filter(({ start }) => start.asset !== independentAsset);
  const ran = executions.filter(({ isFailure }) => !isFailure);
  const partitions = new Set(
    ran.map(({ start }) => `${start.backfill} ${start.asset} ${start.key}`),
  ).size;
  const rate = independentRate(evidence);
  const firstMs = executions[0]?.start.wallMs ?? 0;
  return {
    partitions,
    // Where the run was over by then, there is nothing to measure.
    ...(after === undefined ? {} : { recoveryMs: after - faultEndMs }),
    unavailableMs: longestGap(times, faultStartMs, faultEndMs),
    duplicatesPer1000: round((1_000 * (ran.length - partitions)) / Math.max(1, partitions)),
    lateSettlementsRefused: refusals(evidence).length,
    acknowledgementsLost: evidence.lost.length,
    slowestScriptMs: round(slowestScriptMs),
    peakRssMb,
    ...(rate === undefined ? {} : { independentLossPercent: rate.lossPercent }),
    totalMs: Math.max(0, (times.at(-1) ?? firstMs) - firstMs),
  };
}

/** Settlements that came too late, as the streams tell of them, "<backfill> <asset> <key>". */
export function refusals({ scenario, keyOf }: Evidence): string[] {
  return scenario.observer.settlements.flatMap(({ event: { backfillId, asset, lane, change } }) =>
    change.kind === "refused"
      ? change.ordinals.map((ordinal) => `${backfillId} ${asset} ${keyOf(asset, lane, ordinal)}`)
      : [],
  );
}

/** The longest time without a settlement that touches the fault. */
function longestGap(times: readonly number[], fromMs: number, toMs: number): number {
  let longest = 0;
  for (const [at, time] of times.entries()) {
    const next = times[at + 1];
    if (next !== undefined && next >= fromMs && time <= toMs)
      longest = Math.max(longest, next - time);
  }
  return longest;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
