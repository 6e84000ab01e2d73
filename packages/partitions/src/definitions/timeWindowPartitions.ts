/** How a time-window definition was written. */
export type Cadence =
  | "minutely"
  | "hourly"
  | "daily"
  | "weekly"
  | "monthly"
  | "quarterly"
  | "yearly"
  | "cron";

/** Partitions to leave out: those that start at a tick of a cron, or at a wall time. */
export type Exclusion = { readonly cron: string } | { readonly at: string };

/** Partitions by time: one for each window between two ticks of a cron in a time zone. */
export interface TimeWindowPartitions {
  readonly kind: "timeWindow";
  readonly cadence: Cadence;
  /** The boundaries: five fields, in the definition's zone. */
  readonly cron: string;
  /** Wall time in the zone. The first partition starts at the first tick at or after it. */
  readonly start: string;
  /** Wall time in the zone, exclusive. Undefined without an end. */
  readonly end: string | undefined;
  readonly timezone: string;
  /** How many windows the last partition is after the last ended one; negative for before. */
  readonly endOffset: number;
  /** The cadence's own options; 0 if it has no such option. */
  readonly minuteOffset: number;
  readonly hourOffset: number;
  readonly dayOffset: number;
  readonly keyFormat: string;
  readonly exclusions: readonly Exclusion[];
}
