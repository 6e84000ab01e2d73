import type { BackfillDetail } from "./backfillAnswers.ts";

/** The span over which the rate is measured, in milliseconds. */
const countedMs = 10_000;

/**
 * Replaces the average rate since the start by the rate over the last ten seconds of watching. Call
 * it with each description of one backfill, in order.
 */
export function recentRate(): (detail: BackfillDetail, nowMs: number) => BackfillDetail {
  const samples: { readonly atMs: number; readonly settled: number }[] = [];
  return (detail, nowMs) => {
    const { counts } = detail;
    const settled = counts.succeeded + counts.failed + counts.skipped;
    samples.push({ atMs: nowMs, settled });
    while (samples.length > 2 && nowMs - (samples[0]?.atMs ?? nowMs) > countedMs) samples.shift();
    const [oldest] = samples;
    if (oldest === undefined || nowMs - oldest.atMs < 1_000) return detail;
    const perSecond = ((settled - oldest.settled) * 1_000) / (nowMs - oldest.atMs);
    const { remainingMs: _, ...rest } = detail;
    const left = counts.waiting + counts.queued + counts.inProgress;
    return {
      ...rest,
      perSecond,
      ...(left > 0 && perSecond > 0 ? { remainingMs: (left / perSecond) * 1_000 } : {}),
    };
  };
}
