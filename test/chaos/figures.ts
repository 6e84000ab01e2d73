import type { Evidence } from "./evidence.ts";

/** Figures by name, each finite, with the unit in the name. */
export type Figures = Record<string, number>;

/** When partitions settled, by Redis' clock, ascending. */
export function settlementTimes({ scenario }: Evidence): number[] {
  return scenario.observer.settlements
    .filter(({ event }) => event.change.kind === "succeeded" || event.change.kind === "failed")
    .map(({ atMs }) => atMs)
    .sort((a, b) => a - b);
}

/** What is measured of every fault. */
export function figuresOf(evidence: Evidence): Figures {
  const { scenario, executions, backfills, logs, slowestScriptMs, peakRssMb } = evidence;
  const { faultStartMs, faultEndMs } = scenario;
  const times = settlementTimes(evidence);
  const after = times.find((atMs) => atMs >= faultEndMs);
  const ran = executions.filter(({ isFailure }) => !isFailure);
  const partitions = new Set(
    ran.map(({ start }) => `${start.backfill} ${start.asset} ${start.key}`),
  ).size;
  const known = new Set(backfills.map(({ id }) => id));
  const lost = new Set(
    scenario.acknowledgements.map(({ backfillId }) => backfillId).filter((id) => !known.has(id)),
  );
  const firstMs = executions[0]?.start.wallMs ?? 0;
  return {
    partitions,
    recoveryMs: after === undefined ? 0 : after - faultEndMs,
    unavailableMs: longestGap(times, faultStartMs, faultEndMs),
    duplicatesPer1000: round((1_000 * (ran.length - partitions)) / Math.max(1, partitions)),
    lateSettlementsRefused:
      logs.get("a settlement came too late: the partition has another claim by now") ?? 0,
    acknowledgementsLost: lost.size,
    slowestScriptMs: round(slowestScriptMs),
    peakRssMb,
    totalMs: Math.max(0, (times.at(-1) ?? firstMs) - firstMs),
  };
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
