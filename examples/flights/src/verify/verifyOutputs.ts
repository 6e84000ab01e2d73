import { readdir, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { queryRows, type Row, withConnection } from "../duckdb.ts";
import { partialSuffix } from "../writeAtomically.ts";
import {
  type ExpectedOutput,
  expectedOutputs,
  sourceTotals,
  totalMeasures,
} from "./expectedOutputs.ts";

/** Sums over the source, or over all outputs of an asset; undefined where they could not be read. */
export type VerifiedTotals = Readonly<Record<(typeof totalMeasures)[number], bigint>>;

export interface VerifiedAsset {
  readonly asset: string;
  readonly files: number;
  readonly totals: VerifiedTotals | undefined;
  /** One sentence each; none where every output is right. */
  readonly problems: readonly string[];
}

export interface Verification {
  readonly source: VerifiedTotals;
  readonly assets: readonly VerifiedAsset[];
  readonly problems: readonly string[];
}

export interface VerifyOptions {
  /** Outputs have to be written at this instant or later, in epoch milliseconds; left out: at any time. */
  readonly writtenSinceMs?: number;
}

/** Compares all outputs below a folder with the source file: which files there are, and every group of flights. */
export async function verifyOutputs(
  dir: string,
  options: VerifyOptions = {},
): Promise<Verification> {
  const [totals] = await queryRows(sourceTotals);
  if (totals === undefined) throw new Error("Bug: totals are one row.");
  const assets: VerifiedAsset[] = [];
  for (const output of expectedOutputs(dir)) assets.push(await verifyAsset(output, dir, options));
  const problems = assets.flatMap(({ asset, problems }) =>
    problems.map((problem) => `${asset}: ${problem}`),
  );
  return { source: totalsOf(totals), assets, problems };
}

async function verifyAsset(
  output: ExpectedOutput,
  dir: string,
  options: VerifyOptions,
): Promise<VerifiedAsset> {
  const { asset } = output;
  const problems: string[] = [];
  const there = await filesOf(asset, output.files, dir);
  const missing = output.files.filter((file) => !there.has(file));
  const expected = new Set(output.files);
  const surplus = [...there.keys()].filter((file) => !expected.has(file));
  const sinceMs = options.writtenSinceMs ?? 0;
  const old = output.files.filter((file) => (there.get(file) ?? sinceMs) < sinceMs);
  const names = (files: readonly string[]) => few(files.map((file) => relative(dir, file)));
  if (missing.length > 0) problems.push(`missing: ${names(missing)}`);
  if (surplus.length > 0) problems.push(`not expected: ${names(surplus)}`);
  if (old.length > 0) problems.push(`not written by this run: ${names(old)}`);

  const files = output.files.filter((file) => there.has(file));
  const verified = { asset, files: files.length, problems };
  if (files.length === 0) return { ...verified, totals: undefined };
  try {
    const { differences, totals } = await compare(output, files);
    if (differences.length > 0) problems.push(`differs: ${few(differences)}`);
    return { ...verified, totals };
  } catch (error) {
    problems.push(`cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    return { ...verified, totals: undefined };
  }
}

/** The files of an asset and when each was last written, in epoch milliseconds. */
async function filesOf(
  asset: string,
  expected: readonly string[],
  dir: string,
): Promise<ReadonlyMap<string, number>> {
  const folder = join(dir, asset);
  // An asset without a folder of its own is one file.
  const inFolder = expected.some((file) => dirname(file) !== dir);
  const candidates = inFolder ? await filesBelow(folder) : expected;
  const there = new Map<string, number>();
  for (const file of candidates) {
    const stats = await stat(file).catch(() => undefined);
    if (stats?.isFile() === true) there.set(file, stats.mtimeMs);
  }
  return there;
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  return names.filter((name) => !name.endsWith(partialSuffix)).map((name) => join(folder, name));
}

/** Which groups of flights differ, in words, and the totals of the files. */
async function compare(
  output: ExpectedOutput,
  files: readonly string[],
): Promise<{ readonly differences: readonly string[]; readonly totals: VerifiedTotals }> {
  return withConnection(async (connection) => {
    // Temporary tables are the connection's own.
    await connection.run(`CREATE TEMP TABLE expected AS ${output.expected}`);
    await connection.run(`CREATE TEMP TABLE actual AS ${output.actual(files)}`);
    const differing = await connection.runAndReadAll(differencesQuery(output.measures));
    const totals = await connection.runAndReadAll(totalsQuery(output.asset));
    return {
      differences: differing.getRowObjectsJson().map((row) => differenceText(row, output.measures)),
      totals: totalsOf(totals.getRowObjectsJson()[0] ?? {}),
    };
  });
}

function differencesQuery(measures: readonly string[]): string {
  const columns = measures.map(
    (name) => `expected.${name} AS expected_${name}, actual.${name} AS actual_${name}`,
  );
  const differ = measures.map((name) => `expected.${name} IS DISTINCT FROM actual.${name}`);
  return `SELECT place, ${columns.join(", ")}
    FROM expected FULL JOIN actual USING (place)
    WHERE ${differ.join(" OR ")}
    ORDER BY place`;
}

function differenceText(row: Row, measures: readonly string[]): string {
  const facts = measures.flatMap((name) => {
    const [actual, expected] = [row[`actual_${name}`], row[`expected_${name}`]];
    return actual === expected ? [] : [`${name} ${shown(actual)}, expected ${shown(expected)}`];
  });
  return `${String(row["place"])} (${facts.join("; ")})`;
}

function totalsQuery(asset: string): string {
  const sums = totalMeasures.map((name) => `sum(${name}) AS ${name}`).join(", ");
  // The summary has the whole network in several ways.
  return `SELECT ${sums} FROM actual ${asset === "network_summary" ? "WHERE place = 'total'" : ""}`;
}

function totalsOf(row: Row): VerifiedTotals {
  const entries = totalMeasures.map((name) => [name, BigInt(String(row[name] ?? 0))]);
  // `fromEntries` forgets which names there are.
  return Object.fromEntries(entries) as VerifiedTotals;
}

/** A value of a result; "none" for NULL. */
function shown(value: Row[string] | undefined): string {
  return String(value ?? "none");
}

/** The first three, and how many more there are. */
function few(texts: readonly string[]): string {
  const more = texts.length > 3 ? ` and ${texts.length - 3} more` : "";
  return texts.slice(0, 3).join(", ") + more;
}
