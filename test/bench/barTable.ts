/** A figure and what it must not exceed. */
export interface Bar {
  readonly metric: string;
  readonly value: number;
  readonly most: number;
  /** What is measured, in a few words. */
  readonly what: string;
}

/** A table for people: one line for each figure, with its bar beside it. */
export function barTable(bars: readonly Bar[]): string[] {
  return bars.map(({ metric, value, most, what }) => {
    const verdict = value <= most ? "within" : "OVER  ";
    return `${metric.padEnd(24)} ${shortNumber(value).padStart(10)}  ${verdict} ${shortNumber(most).padStart(10)}  (${what})`;
  });
}

/** Three significant digits, or all of a large number. */
export function shortNumber(value: number): string {
  return Math.abs(value) >= 1_000
    ? String(Math.round(value))
    : String(Number(value.toPrecision(3)));
}
