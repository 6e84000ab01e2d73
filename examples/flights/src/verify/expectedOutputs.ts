import { sqlText, sqlTexts } from "../duckdb.ts";
import { networkSummaryFile, partitionFile, sourceFiles } from "../paths.ts";

/**
 * What the outputs of one asset have to be, by SQL over the source alone: nothing here uses the assets' own queries.
 *
 * Both queries have a column `place`, which names a group of flights, and the asset's `measures`.
 */
export interface ExpectedOutput {
  readonly asset: string;
  /** Every file there has to be. */
  readonly files: readonly string[];
  readonly measures: readonly string[];
  /** Query over the source. */
  readonly expected: string;
  /** Query over those of the files that are there. */
  actual(files: readonly string[]): string;
}

/** The measures of the table that `verify` prints. */
export const totalMeasures = ["flights", "delay_minutes", "distance_miles"] as const;

const sums = [
  ...["flights", "known_delays", "delay_minutes", "delayed_flights"],
  ...["known_distances", "distance_miles"],
];

/** NULL is counted as a flight and in nothing else; what has no value at all sums up to 0. */
const sumsOfFlights = `count(*) AS flights,
  count(*) FILTER (delay IS NOT NULL) AS known_delays,
  sum(CASE WHEN delay IS NULL THEN 0 ELSE delay END) AS delay_minutes,
  sum(CASE WHEN delay IS NOT NULL AND delay >= 15 THEN 1 ELSE 0 END) AS delayed_flights,
  count(*) FILTER (distance IS NOT NULL) AS known_distances,
  sum(CASE WHEN distance IS NULL THEN 0 ELSE distance END) AS distance_miles`;

const sumsOfSums = sums.map((name) => `sum(${name}) AS ${name}`).join(", ");

/** Tells apart sets of flights whose sums are equal by chance; the same in any order. */
const checksum = "sum(hash(date, delay, distance, origin, destination)) AS checksum";

/** The source with the day of each flight: its minutes are 00:01 to 24:00. */
const source = `(
  SELECT *, CAST(date - INTERVAL 1 MINUTE AS DATE) AS day, CAST(date_trunc('week', day) AS DATE) AS week
  FROM read_parquet(${sqlText(sourceFiles.flights)}))`;

/** Totals of the source file. */
export const sourceTotals = `SELECT ${sumsOfFlights} FROM ${source}`;

/** What there has to be below a folder of outputs, in the order of the assets. */
export function expectedOutputs(dir: string): readonly ExpectedOutput[] {
  const days = datesFrom("2001-01-01", 181, 1);
  const weeks = datesFrom("2001-01-01", 26, 7);
  const regions = ["midwest", "northeast", "south", "west"];
  return [
    {
      asset: "flights",
      files: days.map((day) => partitionFile("flights", day, dir)),
      measures: [...sums, "checksum"],
      expected: `SELECT CAST(day AS VARCHAR) AS place, ${sumsOfFlights}, ${checksum} FROM ${source} GROUP BY day`,
      actual: (
        files,
      ) => `SELECT parse_filename(filename, true) AS place, ${sumsOfFlights}, ${checksum}
        FROM read_parquet(${sqlTexts(files)}, filename = true) GROUP BY filename`,
    },
    {
      asset: "airport_delays",
      files: days.flatMap((day) =>
        regions.map((region) => partitionFile("airport_delays", `${day}|${region}`, dir)),
      ),
      measures: sums,
      expected: `SELECT day || ' ' || origin AS place, ${sumsOfFlights} FROM ${source} GROUP BY day, origin`,
      actual: (files) => `SELECT parse_path(filename)[-2] || ' ' || airport ||
          CASE WHEN region = parse_filename(filename, true) AND CAST(date AS VARCHAR) = parse_path(filename)[-2]
          THEN '' ELSE ' in a wrong file' END AS place, ${sumsOfSums}
        FROM read_parquet(${sqlTexts(files)}, filename = true) GROUP BY place`,
    },
    {
      asset: "weekly_report",
      files: weeks.map((week) => partitionFile("weekly_report", week, dir)),
      measures: sums,
      expected: `SELECT week || ' ' || origin AS place, ${sumsOfFlights} FROM ${source} GROUP BY week, origin`,
      actual: (
        files,
      ) => `SELECT parse_filename(filename, true) || ' ' || airport AS place, ${sumsOfSums}
        FROM read_parquet(${sqlTexts(files)}, filename = true) GROUP BY place`,
    },
    {
      asset: "network_summary",
      files: [networkSummaryFile(dir)],
      measures: sums,
      expected: `
        SELECT 'total' AS place, ${sumsOfFlights} FROM ${source}
        UNION ALL SELECT 'sum of regions', ${sumsOfFlights} FROM ${source}
        UNION ALL SELECT CAST(week AS VARCHAR), ${sumsOfFlights} FROM ${source} GROUP BY week`,
      actual: (files) => {
        const summary = `read_json(${sqlTexts(files)})`;
        return `
          SELECT 'total' AS place, ${sumsIn("total")} FROM ${summary}
          UNION ALL SELECT 'sum of regions', ${sumsOfSums}
          FROM (SELECT unnest(region) FROM (SELECT unnest(regions) AS region FROM ${summary}))
          UNION ALL SELECT CAST(week.week AS VARCHAR), ${sumsIn("week")} FROM (SELECT unnest(weeks) AS week FROM ${summary})`;
      },
    },
  ];
}

/** The sums that a struct holds. */
function sumsIn(struct: string): string {
  return sums.map((name) => `${struct}.${name}`).join(", ");
}

/** `count` dates, `step` days apart. */
function datesFrom(first: string, count: number, step: number): readonly string[] {
  const firstMs = Date.parse(`${first}T00:00:00Z`);
  return Array.from({ length: count }, (_, index) =>
    new Date(firstMs + index * step * 86_400_000).toISOString().slice(0, 10),
  );
}
