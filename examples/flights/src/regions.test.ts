import { expect, test } from "vitest";
import { queryRows, sqlText } from "./duckdb.ts";
import { sourceFiles } from "./paths.ts";
import { createAirportRegions, regionOfState, regions } from "./regions.ts";

test("every airport that a flight departs from is in one region", async () => {
  await createAirportRegions();
  const counts = await queryRows(`
    SELECT regions, count(*) AS airports FROM (
      SELECT origin, count(DISTINCT region) AS regions
      FROM (SELECT DISTINCT origin FROM read_parquet(${sqlText(sourceFiles.flights)}))
      LEFT JOIN airport_regions ON airport = origin
      GROUP BY origin)
    GROUP BY regions`);
  expect(counts).toEqual([{ regions: "1", airports: "229" }]);
});

test("no airport is in the table twice, and each region is one of the partitions", async () => {
  await createAirportRegions();
  const [row] = await queryRows(
    "SELECT count(*) - count(DISTINCT airport) AS twice FROM airport_regions",
  );
  expect(row).toEqual({ twice: "0" });
  const found = await queryRows("SELECT DISTINCT region FROM airport_regions ORDER BY region");
  expect(found.map((each) => each["region"])).toEqual(regions.keys);
});

test("territories have a region, other countries have none", () => {
  expect(["PR", "VI", "GU", "HI", "DC"].map(regionOfState)).toEqual([
    "south",
    "south",
    "west",
    "west",
    "south",
  ]);
  expect(regionOfState("NA")).toBeUndefined();
});
