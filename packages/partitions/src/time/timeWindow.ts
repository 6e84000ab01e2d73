/** A half-open span of time, `[startMs, endMs)`, both epoch milliseconds in UTC. */
export interface TimeWindow {
  readonly startMs: number;
  readonly endMs: number;
}

/** Whether the instant lies in the window. The end does not. */
export function windowContains(window: TimeWindow, ms: number): boolean {
  return window.startMs <= ms && ms < window.endMs;
}

/** Whether some instant lies in both windows. An empty window overlaps nothing. */
export function windowsOverlap(a: TimeWindow, b: TimeWindow): boolean {
  return Math.max(a.startMs, b.startMs) < Math.min(a.endMs, b.endMs);
}

/**
 * Joins windows that overlap or abut, so that the result is sorted, disjoint and minimal.
 *
 * @param windows in any order; empty ones are dropped
 * @returns a new array, O(n log n) in the number of windows
 */
export function mergeTimeWindows(windows: Iterable<TimeWindow>): TimeWindow[] {
  const sorted = [...windows]
    .filter((w) => w.startMs < w.endMs)
    .sort((a, b) => a.startMs - b.startMs);
  const merged: { startMs: number; endMs: number }[] = [];
  for (const { startMs, endMs } of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && startMs <= last.endMs) last.endMs = Math.max(last.endMs, endMs);
    else merged.push({ startMs, endMs });
  }
  return merged;
}
