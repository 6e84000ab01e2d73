import { asset, dep, dimensionMapping, timeWindowMapping, weekly } from "infill";
import { airportDelays } from "./airportDelays.ts";
import { sqlText, sqlTexts, writeParquet } from "./duckdb.ts";
import { sumsOfMeasures } from "./measures.ts";
import { partitionFile } from "./paths.ts";

/** 26 weeks from Monday to Sunday. The last one, from 2001-06-25, ends a day after the data. */
export const weeks = weekly({ start: "2001-01-01", end: "2001-07-02", dayOffset: 1 });

/** One week of the whole network: its days times all regions, by airport. */
export const weeklyReport = asset({
  name: "weekly_report",
  description: "Flights, delays and miles by airport and region, for one week.",
  partitions: weeks,
  deps: [
    dep(airportDelays, {
      mapping: dimensionMapping({
        dimension: "date",
        mapping: timeWindowMapping({ allowNonexistentUpstream: true }),
      }),
    }),
  ],
  async materialize(context) {
    const { partition, signal } = context;
    const files = [...context.upstreamKeys("airport_delays")].map((key) =>
      partitionFile("airport_delays", key),
    );
    const airportsOfWeek = `
      SELECT DATE ${sqlText(partition.key)} AS week, region, airport, ${sumsOfMeasures}
      FROM read_parquet(${sqlTexts(files)})
      GROUP BY region, airport
      ORDER BY region, airport`;
    const rows = await writeParquet(
      partitionFile("weekly_report", partition.key),
      airportsOfWeek,
      signal,
    );
    return { metadata: { airports: rows, files: files.length } };
  },
});
