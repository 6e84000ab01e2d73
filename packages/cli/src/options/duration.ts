const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** What durations on the command line look like, for messages. */
export const durationForm = "a number with a unit, such as 500ms, 30s, 5m or 1h";

/**
 * Milliseconds of a duration as people type it: `500ms`, `30s`, `1.5m`, `1h`, `2d`.
 *
 * @returns undefined for anything else, a number without unit and one over 1,000 days included
 */
export function parseDuration(text: string): number | undefined {
  const parts = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|min|h|d)$/.exec(text.trim());
  const unit = units[parts?.[2] ?? ""];
  if (parts === null || unit === undefined) return undefined;
  const milliseconds = Math.round(Number(parts[1]) * unit);
  return milliseconds <= 1_000 * 86_400_000 ? milliseconds : undefined;
}
