/**
 * What is kept of a set of flights at every level above single ones. All add up, so that a level is the sum of the
 * level below: counts and sums, never averages.
 *
 * A value that is NULL is counted as a flight and left out of the rest; the sum of no values is 0.
 */
export const measures = [
  { name: "flights", ofFlights: "count(*)" },
  { name: "known_delays", ofFlights: "count(delay)" },
  { name: "delay_minutes", ofFlights: "coalesce(sum(delay), 0)" },
  /** 15 minutes or more. */
  { name: "delayed_flights", ofFlights: "count(*) FILTER (delay >= 15)" },
  { name: "known_distances", ofFlights: "count(distance)" },
  { name: "distance_miles", ofFlights: "coalesce(sum(distance), 0)" },
] as const;

export type MeasureName = (typeof measures)[number]["name"];

/** The columns of a query over single flights. */
export const measuresOfFlights = measures
  .map(({ name, ofFlights }) => `CAST(${ofFlights} AS BIGINT) AS ${name}`)
  .join(", ");

/** The columns of a query over rows that already have them. */
export const sumsOfMeasures = measures
  .map(({ name }) => `CAST(coalesce(sum(${name}), 0) AS BIGINT) AS ${name}`)
  .join(", ");
