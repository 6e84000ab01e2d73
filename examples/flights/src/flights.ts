import { asset, daily } from "infill";
import { sqlText, writeParquet } from "./duckdb.ts";
import { partitionFile, sourceFiles } from "./paths.ts";

/** 181 days, 2001-01-01 to 2001-06-30. */
export const days = daily({ start: "2001-01-01", end: "2001-07-01" });

/** The flights of one day, as they are in the source. */
export const flights = asset({
  name: "flights",
  description: "The flights that departed on one day, one Parquet file a day.",
  partitions: days,
  async materialize({ partition, window, signal }) {
    const start = window.start.toISO({ includeOffset: false });
    const end = window.end.toISO({ includeOffset: false });
    // The source counts a day's minutes from 00:01 to 24:00, so midnight belongs to the day that it ends: six
    // flights of the last day stand at 2001-07-01 00:00.
    const flightsOfDay = `
      SELECT date, delay, distance, origin, destination
      FROM read_parquet(${sqlText(sourceFiles.flights)})
      WHERE date > TIMESTAMP ${sqlText(start)} AND date <= TIMESTAMP ${sqlText(end)}`;
    const rows = await writeParquet(partitionFile("flights", partition.key), flightsOfDay, signal);
    return { metadata: { flights: rows } };
  },
});
