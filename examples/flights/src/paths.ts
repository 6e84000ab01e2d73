import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const datasets = join(
  dirname(createRequire(import.meta.url).resolve("vega-datasets")),
  "..",
  "data",
);

/** What everything is made from: two files of the npm package `vega-datasets`. */
export const sourceFiles = {
  /** Three million flights, sorted by departure: date, delay (minutes), distance (miles), origin, destination. */
  flights: join(datasets, "flights-3m.parquet"),
  /** One line an airport: iata, name, city, state, country, latitude, longitude. */
  airports: join(datasets, "airports.csv"),
} as const;

/** The folder that holds `infill.config.ts`, whether this module runs from its source or its build. */
export const exampleDir = folderAbove(dirname(fileURLToPath(import.meta.url)), "infill.config.ts");

/** Where the outputs are: FLIGHTS_DATA_DIR, or `data` in the example's folder. */
export function dataDir(): string {
  return resolve(process.env["FLIGHTS_DATA_DIR"] || join(exampleDir, "data"));
}

/**
 * The file of one partition: `flights/2001-01-01.parquet`, `airport_delays/2001-01-01/midwest.parquet`.
 *
 * @param dir the folder of all outputs
 */
export function partitionFile(asset: string, key: string, dir: string = dataDir()): string {
  return `${join(dir, asset, ...key.split("|"))}.parquet`;
}

/** The one file of `network_summary`. */
export function networkSummaryFile(dir: string = dataDir()): string {
  return join(dir, "network_summary.json");
}

function folderAbove(from: string, file: string): string {
  if (existsSync(join(from, file))) return from;
  const parent = dirname(from);
  if (parent === from) throw new Error(`Bug: no folder above ${import.meta.url} holds ${file}.`);
  return folderAbove(parent, file);
}
