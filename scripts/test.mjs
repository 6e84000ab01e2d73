import "./setup/requireNode.mjs";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build, installedCommand, quietEnvironment } from "./setup/build.mjs";
import { ensureNodeModules } from "./setup/nodeModules.mjs";
import { ensureRedisServer } from "./setup/redisServer.mjs";
import { root, run, runScript } from "./setup/script.mjs";
import { SetupError } from "./setup/setupError.mjs";
import { addCounts, countLine, countsOfReport } from "./testCounts.mjs";

/** @typedef {import("./testCounts.mjs").Counts} Counts */

const reportPath = join(root, ".infill", "test-report.json");
const env = quietEnvironment();

/** What is checked beside the tests, each counted as one: a name, a command and its arguments. */
const checks = /** @type {const} */ ([
  ["format", "biome", ["format", "."]],
  ["lint", "oxlint", ["--type-aware"]],
  ["arrows", process.execPath, ["scripts/checkArrows.mjs"]],
  ["types", "tsc", ["-b", "tsconfig.json", "scripts/tsconfig.json"]],
]);

/** @type {[name: string, counts: Counts][]} */
const results = [];

/**
 * @param {string} name
 * @param {boolean} passed
 */
const record = (name, passed) =>
  results.push([name, { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 }]);

/** @param {readonly string[]} filters paths of test files, or parts of them; all unless given */
async function runVitest(filters) {
  rmSync(reportPath, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${reportPath}`];
  const { code } = await run(installedCommand("vitest"), ["run", ...reporters, ...filters], {
    env,
  });
  const report = existsSync(reportPath) ? JSON.parse(readFileSync(reportPath, "utf8")) : undefined;
  results.push(["tests", countsOfReport(report, code)]);
}

async function main() {
  await ensureNodeModules();
  await ensureRedisServer();
  record("build", await build());
  for (const [name, command, args] of checks) {
    console.log(`\n${name}`);
    const path = command === process.execPath ? command : installedCommand(command);
    record(name, (await run(path, args, { env })).code === 0);
  }
  console.log("\ntests");
  const filters = process.argv.slice(2);
  await runVitest(filters);
  if (filters.length > 0) return;
  console.log("\nmutants");
  const mutants = ["scripts/mutants.mjs", "--quick", "10"];
  record("mutants", (await run(process.execPath, mutants, { env })).code === 0);
}

await runScript(async () => {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    record("set-up", false);
  }
  const total = addCounts(results.map(([, counts]) => counts));
  console.log();
  for (const [name, counts] of results) console.log(`${name.padEnd(8)} ${countLine(counts)}`);
  console.log(`\n${countLine(total)}`);
  return total.failed === 0 ? 0 : 1;
});
