import { asset, multi } from "infill";
import { queryRows, sqlText, sqlTexts, writeParquet } from "./duckdb.ts";
import { days, flights } from "./flights.ts";
import { measuresOfFlights } from "./measures.ts";
import { partitionFile } from "./paths.ts";
import { createAirportRegions, regions } from "./regions.ts";

/** Delays at each airport of a region on one day: counts and sums of the flights that departed there. */
export const airportDelays = asset({
  name: "airport_delays",
  description: "Flights, delays and miles by origin airport, for one day and one region.",
  partitions: multi({ date: days, region: regions }),
  deps: [flights],
  async materialize(context) {
    const { partition, signal } = context;
    const { date, region } = partition.keys;
    const files = [...context.upstreamKeys("flights")].map((key) => partitionFile("flights", key));
    await createAirportRegions();
    await requireRegions(files, signal);
    const airportsOfRegion = `
      SELECT DATE ${sqlText(date)} AS date, region, origin AS airport, ${measuresOfFlights}
      FROM read_parquet(${sqlTexts(files)})
      JOIN airport_regions ON airport = origin
      WHERE region = ${sqlText(region)}
      GROUP BY region, origin
      ORDER BY origin`;
    const rows = await writeParquet(
      partitionFile("airport_delays", partition.key),
      airportsOfRegion,
      signal,
    );
    return { metadata: { airports: rows } };
  },
});

/** A flight from an airport without a region would be in no partition at all: better to fail. */
async function requireRegions(files: readonly string[], signal: AbortSignal): Promise<void> {
  const unknown = await queryRows(
    `SELECT DISTINCT origin FROM read_parquet(${sqlTexts(files)}) ANTI JOIN airport_regions ON airport = origin`,
    signal,
  );
  if (unknown.length === 0) return;
  throw new Error(
    `No region is known for ${unknown.map((row) => row["origin"] ?? "a missing origin").join(", ")}.`,
  );
}
