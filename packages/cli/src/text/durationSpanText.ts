import type { DurationSpan } from "@infill/planning";

const units = [
  ["days", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
] as const;

/** An estimated duration for people, in the unit of its longer end: `6–9 min`, `about 40 s`, `under 1 s`. */
export function durationSpanText({ lowMs, highMs }: DurationSpan): string {
  if (highMs < 1_000) return "under 1 s";
  // Two of a unit at the least, so that it does not round too coarsely.
  const [unit, unitMs] = units.find(([, each]) => highMs >= 2 * each) ?? (["s", 1_000] as const);
  const low = Math.floor(lowMs / unitMs);
  const high = Math.ceil(highMs / unitMs);
  return low === high || (low === high - 1 && highMs - lowMs < unitMs / 10)
    ? `about ${high} ${unit}`
    : `${low}–${high} ${unit}`;
}
