const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Units from the longest on; `min` is another way to write `m`. */
const shownUnits = ["d", "h", "m", "s"];

/** What durations on the command line look like, for messages. */
export const durationForm = "a number with a unit, such as 500ms, 30s, 5m or 1h";

/**
 * Milliseconds of a duration as people type it: `500ms`, `30s`, `1.5m`, `1h`, `2d`. Each option has its own range.
 *
 * @returns undefined for anything else, a number without unit included
 */
export function parseDuration(text: string): number | undefined {
  const parts = /^(\d{1,13}(?:\.\d{1,3})?)(ms|s|m|min|h|d)$/.exec(text.trim());
  const unit = units[parts?.[2] ?? ""];
  if (parts === null || unit === undefined) return undefined;
  return Math.round(Number(parts[1]) * unit);
}

/** Whole milliseconds as `parseDuration` reads them, in the longest unit that needs no fraction: `10m`, `0s`, `100ms`. */
export function shortDuration(milliseconds: number): string {
  if (milliseconds === 0) return "0s";
  const unit = shownUnits.find((name) => milliseconds % (units[name] ?? 1) === 0) ?? "ms";
  return `${milliseconds / (units[unit] ?? 1)}${unit}`;
}
