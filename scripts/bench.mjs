import "./setup/requireNode.mjs";
import { existsSync, readdirSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { benchArguments, checkedMetrics } from "./benchArguments.mjs";
import { build } from "./setup/build.mjs";
import { ensureNodeModules } from "./setup/nodeModules.mjs";
import { ensureRedisServer } from "./setup/redisServer.mjs";
import { beforeExit, root, runScript } from "./setup/script.mjs";
import { SetupError } from "./setup/setupError.mjs";

/** @typedef {import("../test/bench/scenario.ts").Scenario} Scenario */

/**
 * The scenario that a file of test/bench exports; undefined for a file that helps others.
 *
 * @param {string} name
 * @returns {Promise<Scenario | undefined>}
 */
async function load(name) {
  const path = join(root, "test", "dist", "bench", `${name}.js`);
  if (!existsSync(path))
    throw new SetupError(`test/bench/${name}.ts is not built: leave --no-build out.`);
  return (await import(pathToFileURL(path).href)).scenario;
}

/** @returns {Promise<Map<string, Scenario>>} */
async function allScenarios() {
  const files = readdirSync(join(root, "test", "bench")).filter((file) => /^[^.]+\.ts$/.test(file));
  const scenarios = new Map();
  for (const file of files.toSorted()) {
    const scenario = await load(file.slice(0, -".ts".length));
    if (scenario !== undefined) scenarios.set(scenario.name, scenario);
  }
  return scenarios;
}

/**
 * Runs one scenario on a server of its own, or on the one that `REDIS_URL` names.
 *
 * @param {Scenario} scenario
 * @param {readonly string[]} args
 * @param {(line: string) => void} log
 */
async function measure(scenario, args, log) {
  const given = process.env["REDIS_URL"];
  if (given)
    return checkedMetrics(scenario.name, await scenario.run({ redisUrl: given, args, log }));
  const { startRedis } = await import("@infill/test-support");
  // As in production: what is measured includes what durability costs.
  const server = await startRedis({ appendonly: true });
  beforeExit(() => server.stop());
  // For the processes that the scenario starts.
  process.env["REDIS_URL"] = server.url;
  try {
    return checkedMetrics(scenario.name, await scenario.run({ redisUrl: server.url, args, log }));
  } finally {
    delete process.env["REDIS_URL"];
    await server.stop();
  }
}

await runScript(async () => {
  const { names, json, skipBuild, args } = benchArguments(process.argv.slice(2));
  const log = json ? console.error : console.log;
  // Standard output carries the metrics alone, whatever a scenario prints.
  if (json) console.log = console.error;
  if (!skipBuild) {
    await ensureNodeModules();
    await ensureRedisServer();
    if (!(await build(["@infill/test..."])))
      throw new SetupError("The build failed, for the reason above.");
  }

  const scenarios = await allScenarios();
  if (names.length === 0) {
    log("npm run bench -- SCENARIO… [--json] [the scenario's own arguments]\n");
    for (const { name, description } of scenarios.values())
      log(`  ${name.padEnd(16)} ${description}`);
    return 0;
  }
  for (const name of names) {
    if (scenarios.has(name)) continue;
    console.error(
      `There is no scenario ${JSON.stringify(name)}; there are ${[...scenarios.keys()].join(", ")}.`,
    );
    return 2;
  }
  log(
    `Node ${process.versions.node}, ${availableParallelism()} × ${cpus()[0]?.model ?? "an unknown processor"}`,
  );
  for (const [name, scenario] of scenarios) {
    if (!names.includes(name)) continue;
    log(`\n${name}: ${scenario.description}`);
    const metrics = await measure(scenario, args, (line) => log(`  ${line}`));
    for (const [metric, value] of Object.entries(metrics)) log(`  ${metric.padEnd(28)} ${value}`);
    if (json) process.stdout.write(`${JSON.stringify({ scenario: name, metrics })}\n`);
  }
  return 0;
});
