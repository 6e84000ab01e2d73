import { msPerDay } from "./civilDate.ts";
import type { Cron } from "./cron.ts";
import type { TickCalendar } from "./tickCalendar.ts";
import type { ZoneTransition } from "./timeZone.ts";

/** Wall times, half-open, that a transition skips (a gap) or repeats. */
export interface WallSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly isGap: boolean;
}

/**
 * The wall times whose ticks a transition changes. A gap: the skipped times and the first one after
 * them, where a moved tick meets the one that is there. Otherwise the repeated times.
 */
export function wallSpan(transition: ZoneTransition): WallSpan {
  const before = transition.atMs + transition.offsetBeforeMs;
  const after = transition.atMs + transition.offsetAfterMs;
  return after > before
    ? { fromMs: before, toMs: after + 1, isGap: true }
    : { fromMs: after, toMs: before, isGap: false };
}

/**
 * The ticks around one transition that are not simply their wall time less the offset. Ascending,
 * without duplicates.
 *
 * The rule is cron's, as the conformance vectors state it (their README, 2.2). With all 24 hours,
 * both occurrences of a repeated wall time tick, and a skipped one does not. With fewer hours there
 * is one tick: for a repeated time at its later occurrence from 01:00 to 03:59 and at its earlier
 * one otherwise, for a skipped time at the first instant after the gap.
 */
export function ticksAroundTransition(
  cron: Cron,
  calendar: TickCalendar,
  transition: ZoneTransition,
): number[] {
  const { fromMs, toMs, isGap } = wallSpan(transition);
  const instants = new Set<number>();
  const last = calendar.countBefore(toMs);
  for (let index = calendar.countBefore(fromMs); index < last; index++) {
    const wallMs = calendar.wallAt(index);
    if (isGap) {
      const isAfterGap = wallMs === transition.atMs + transition.offsetAfterMs;
      if (isAfterGap || !cron.everyHour) instants.add(transition.atMs);
      continue;
    }
    const hour = Math.floor(wallMs / 3_600_000) - Math.floor(wallMs / msPerDay) * 24;
    const prefersLater = hour >= 1 && hour <= 3;
    if (cron.everyHour || !prefersLater) instants.add(wallMs - transition.offsetBeforeMs);
    if (cron.everyHour || prefersLater) instants.add(wallMs - transition.offsetAfterMs);
  }
  return [...instants].sort((a, b) => a - b);
}
