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

/** Partitions that are left out: those that start at a tick of a cron, or at a wall time. */
export type Exclusion = { readonly cron: string } | { readonly at: string };

/** Partitions by time: one for each window between two ticks of a cron in a time zone. */
export interface TimeWindowPartitions {
  readonly kind: "timeWindow";
  readonly cadence: Cadence;
  /** The boundaries: five fields, in the definition's zone. */
  readonly cron: string;
  /** Wall time in the zone. The first partition starts at the first tick at or after it. */
  readonly start: string;
  /** Wall time in the zone, exclusive. Undefined where the definition is open. */
  readonly end: string | undefined;
  readonly timezone: string;
  /** By how many windows the last partition lies after the last one that has ended; negative for before. */
  readonly endOffset: number;
  /** What the cadence's own options say; 0 where it has no such option. */
  readonly minuteOffset: number;
  readonly hourOffset: number;
  readonly dayOffset: number;
  readonly keyFormat: string;
  readonly exclusions: readonly Exclusion[];
}
