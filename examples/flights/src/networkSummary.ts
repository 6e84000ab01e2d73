import { writeFile } from "node:fs/promises";
import { asset } from "infill";
import { queryRows, sqlTexts } from "./duckdb.ts";
import { type MeasureName, measures, sumsOfMeasures } from "./measures.ts";
import { networkSummaryFile, partitionFile } from "./paths.ts";
import { weeklyReport } from "./weeklyReport.ts";
import { writeAtomically } from "./writeAtomically.ts";

/** The measures of a group of flights, named by the group's columns. */
export type Totals<Column extends string = never> = Readonly<Record<Column, string>> &
  Readonly<Record<MeasureName, number>> & {
    /** Rounded to hundredths; arrivals before time count below zero. Null where no delay is known. */
    readonly mean_delay_minutes: number | null;
  };

/** What `network_summary.json` holds. */
export interface NetworkSummary {
  readonly total: Totals;
  readonly weeks: readonly Totals<"week">[];
  readonly regions: readonly Totals<"region">[];
  /** The ten airports with the most flights. */
  readonly busiest: readonly Totals<"airport" | "region">[];
  /** The ten airports with the longest mean delay, of those with at least `minFlightsOfLatest` flights. */
  readonly latest: readonly Totals<"airport" | "region">[];
}

/** Ten flights a day: below that, one bad day makes an airport the worst of all. */
const minFlightsOfLatest = 1_810;

/** One JSON file over all weeks. */
export const networkSummary = asset({
  name: "network_summary",
  description:
    "The whole network over all weeks: totals, weeks, regions, the busiest and the latest airports.",
  deps: [weeklyReport],
  async materialize(context) {
    const { signal } = context;
    const files = [...context.upstreamKeys("weekly_report")].map((key) =>
      partitionFile("weekly_report", key),
    );
    const summary = await summarize(files, signal);
    const json = `${JSON.stringify(summary, undefined, 2)}\n`;
    await writeAtomically(
      networkSummaryFile(),
      (partialFile) => writeFile(partialFile, json),
      signal,
    );
    return { metadata: { flights: summary.total.flights, weeks: summary.weeks.length } };
  },
});

async function summarize(files: readonly string[], signal: AbortSignal): Promise<NetworkSummary> {
  const [total] = await totalsBy([], files, signal);
  if (total === undefined) throw new Error("Bug: totals over all flights are one row.");
  const airports = await totalsBy(["airport", "region"], files, signal);
  return {
    total,
    weeks: await totalsBy(["week"], files, signal),
    regions: await totalsBy(["region"], files, signal),
    busiest: airports.toSorted((a, b) => b.flights - a.flights).slice(0, 10),
    latest: airports
      .filter((airport) => airport.flights >= minFlightsOfLatest)
      .sort((a, b) => meanDelay(b) - meanDelay(a))
      .slice(0, 10),
  };
}

function meanDelay(airport: Totals): number {
  return airport.mean_delay_minutes ?? Number.NEGATIVE_INFINITY;
}

/** Totals for each value of some columns, in their order; of no columns: one, over everything. */
async function totalsBy<Column extends string>(
  columns: readonly Column[],
  files: readonly string[],
  signal: AbortSignal,
): Promise<readonly Totals<Column>[]> {
  const rows = await queryRows(
    `SELECT ${[...columns, sumsOfMeasures].join(", ")} FROM read_parquet(${sqlTexts(files)})
    ${columns.length === 0 ? "" : `GROUP BY ${columns.join(", ")} ORDER BY ${columns.join(", ")}`}`,
    signal,
  );
  return rows.map((row) => {
    const names = Object.fromEntries(columns.map((column) => [column, String(row[column])]));
    const sums = Object.fromEntries(measures.map(({ name }) => [name, Number(row[name])]));
    const { known_delays = 0, delay_minutes = 0 } = sums;
    const mean_delay_minutes =
      known_delays === 0 ? null : Math.round((100 * delay_minutes) / known_delays) / 100;
    // `fromEntries` forgets which names there are.
    return { ...names, ...sums, mean_delay_minutes } as Totals<Column>;
  });
}
