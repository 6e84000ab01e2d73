import { staticPartitions } from "infill";
import { queryRows, sqlText } from "./duckdb.ts";
import { sourceFiles } from "./paths.ts";

/** The four regions of the US Census Bureau, by the codes of the airports file. */
const statesOfRegion = {
  northeast: ["CT", "MA", "ME", "NH", "NJ", "NY", "PA", "RI", "VT"],
  midwest: ["IA", "IL", "IN", "KS", "MI", "MN", "MO", "ND", "NE", "OH", "SD", "WI"],
  // The Bureau puts territories in no region: those in the Caribbean are with the South here,
  // those in the Pacific with the West. CQ is the Northern Mariana Islands.
  south: [
    ...[
      "AL",
      "AR",
      "DC",
      "DE",
      "FL",
      "GA",
      "KY",
      "LA",
      "MD",
      "MS",
      "NC",
      "OK",
      "SC",
      "TN",
      "TX",
      "VA",
      "WV",
    ],
    ...["PR", "VI"],
  ],
  west: [
    ...["AK", "AZ", "CA", "CO", "HI", "ID", "MT", "NM", "NV", "OR", "UT", "WA", "WY"],
    ...["AS", "CQ", "GU"],
  ],
} as const;

/** Airports whose state the file leaves out (it says "NA"). */
const statesOfAirports: Readonly<Record<string, string>> = {
  ...{ CLD: "CA", HHH: "SC", MIB: "ND", MQT: "MI", RCA: "SD", RDR: "ND", SCE: "PA", SKA: "WA" },
  ...{ SPN: "CQ" },
};

export const regions = staticPartitions(["midwest", "northeast", "south", "west"]);

export type Region = keyof typeof statesOfRegion;

/** The region of a state or territory; undefined for one of another country. */
export function regionOfState(state: string): Region | undefined {
  for (const [region, states] of Object.entries(statesOfRegion)) {
    if ((states as readonly string[]).includes(state)) return region as Region;
  }
  return undefined;
}

let table: Promise<void> | undefined;

/** Makes sure that the table `airport_regions` (airport, region) is there: every airport of the United States once. */
export function createAirportRegions(): Promise<void> {
  table ??= createTable();
  return table;
}

async function createTable(): Promise<void> {
  const airports = await queryRows(
    `SELECT iata, state FROM read_csv(${sqlText(sourceFiles.airports)}, all_varchar = true, header = true)`,
  );
  const rows = airports.flatMap((row) => {
    const airport = String(row["iata"]);
    const region = regionOfState(statesOfAirports[airport] ?? String(row["state"]));
    return region === undefined ? [] : [`(${sqlText(airport)}, ${sqlText(region)})`];
  });
  await queryRows(
    `CREATE TABLE airport_regions AS FROM (VALUES ${rows.join(", ")}) AS airports(airport, region)`,
  );
}
