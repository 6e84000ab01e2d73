import {
  cp,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { queryRows, sqlText, writeParquet } from "../duckdb.ts";
import { networkSummaryFile, partitionFile } from "../paths.ts";
import { materializeAllHere, materializeFlightsHere } from "../materializeHere.fixture.ts";
import { verificationText } from "./verificationText.ts";
import { verifyOutputs } from "./verifyOutputs.ts";

// Millions of rows: seconds on a machine that has nothing else to do.
vi.setConfig({ testTimeout: 120_000 });

let root: string;
let outputs: string;
let startedMs: number;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "flights-"));
  outputs = join(root, "outputs");
  process.env["FLIGHTS_DATA_DIR"] = outputs;
  startedMs = Date.now();
  await materializeAllHere();
}, 180_000);

afterAll(async () => {
  delete process.env["FLIGHTS_DATA_DIR"];
  await rm(root, { recursive: true, force: true });
});

/** Writes a Parquet file again, as a query over its own rows, `this`. */
async function rewrite(file: string, query: string): Promise<void> {
  await writeParquet(file, `WITH this AS (FROM read_parquet(${sqlText(file)})) ${query}`);
}

/** A pattern of one group that differs; `#` stands for a number. */
function differs(place: string, facts: string): string {
  return `${place} \\(${facts.replaceAll("#", "\\d+")}\\)`;
}

async function exchange(a: string, b: string): Promise<void> {
  await rename(a, `${a}.moved`);
  await rename(b, a);
  await rename(`${a}.moved`, b);
}

test("the outputs of all four assets equal the source", async () => {
  const verification = await verifyOutputs(outputs, { writtenSinceMs: startedMs });
  expect(verification.problems).toEqual([]);
  expect(verification.assets.map(({ asset, files }) => `${asset} ${files}`)).toEqual([
    "flights 181",
    "airport_delays 724",
    "weekly_report 26",
    "network_summary 1",
  ]);
  for (const { totals } of verification.assets) {
    expect(totals).toEqual({
      flights: 3_000_000n,
      delay_minutes: 20_003_603n,
      distance_miles: 2_194_861_208n,
    });
  }
  expect(verificationText(verification).split("\n")).toHaveLength(6);
});

test("a partition that runs again leaves the same file, and no other", async () => {
  const file = partitionFile("flights", "2001-03-04", outputs);
  const before = await readFile(file);
  await materializeFlightsHere("2001-03-04");
  expect(await readFile(file)).toEqual(before);
  expect(await readdir(join(outputs, "flights"))).toHaveLength(181);
});

test("flights at midnight are in the day that they end", async () => {
  const file = partitionFile("flights", "2001-06-30", outputs);
  expect(
    await queryRows(
      `SELECT CAST(max(date) AS VARCHAR) AS last FROM read_parquet(${sqlText(file)})`,
    ),
  ).toEqual([{ last: "2001-07-01 00:00:00" }]);
});

test("every kind of damage is found and named", async () => {
  const dir = join(root, "damaged");
  await cp(outputs, dir, { recursive: true });
  const inDir = (asset: string, key: string) => partitionFile(asset, key, dir);

  // A flight is missing.
  await rewrite(inDir("flights", "2001-03-01"), "FROM this ORDER BY ALL OFFSET 1");
  // Two delays are wrong, and their sum is right.
  await rewrite(
    inDir("flights", "2001-03-02"),
    `SELECT * REPLACE (CAST(delay + CASE row_number() OVER (ORDER BY delay)
      WHEN 1 THEN -1 WHEN 2 THEN 1 ELSE 0 END AS BIGINT) AS delay) FROM this`,
  );
  // Delays of 0 became NULL: no sum changes.
  await rewrite(
    inDir("flights", "2001-03-03"),
    "SELECT * REPLACE (nullif(delay, 0) AS delay) FROM this",
  );
  // A file that should not be there, and one of an earlier run.
  await cp(inDir("flights", "2001-03-04"), inDir("flights", "2001-07-01"));
  await utimes(inDir("flights", "2001-03-05"), 0, 0);
  // Two regions changed places, and one is missing.
  await exchange(
    inDir("airport_delays", "2001-03-01|south"),
    inDir("airport_delays", "2001-03-01|west"),
  );
  await rm(inDir("airport_delays", "2001-03-02|west"));
  // Half a file.
  await truncate(inDir("weekly_report", "2001-03-05"), 100);
  // One number.
  const summary = JSON.parse(await readFile(networkSummaryFile(dir), "utf8"));
  summary.weeks[25].delay_minutes += 1;
  await writeFile(networkSummaryFile(dir), JSON.stringify(summary));

  const { problems } = await verifyOutputs(dir, { writtenSinceMs: startedMs });
  expect(problems).toEqual([
    expect.stringMatching(/^flights: not expected: flights.2001-07-01\.parquet$/),
    expect.stringMatching(/^flights: not written by this run: flights.2001-03-05\.parquet$/),
    expect.stringMatching(
      new RegExp(
        `^flights: differs: ${[
          differs("2001-03-01", "flights #, expected #; .*"),
          differs("2001-03-02", "checksum #, expected #"),
          differs("2001-03-03", "known_delays #, expected #; checksum #, expected #"),
        ].join(", ")}$`,
      ),
    ),
    expect.stringMatching(/^airport_delays: missing: airport_delays.2001-03-02.west\.parquet$/),
    expect.stringMatching(
      /^airport_delays: differs: 2001-03-01 \w+ \(flights none, expected \d+; .* and \d+ more$/,
    ),
    expect.stringMatching(/^weekly_report: cannot be read: .*2001-03-05\.parquet/s),
    expect.stringMatching(
      /^network_summary: differs: 2001-06-25 \(delay_minutes \d+, expected \d+\)$/,
    ),
  ]);
});

test("without any output every asset is missing", async () => {
  const { problems } = await verifyOutputs(join(root, "nowhere"));
  expect(problems).toHaveLength(4);
  expect(problems[0]).toMatch(/^flights: missing: flights.2001-01-01\.parquet, .* and 178 more$/);
});
