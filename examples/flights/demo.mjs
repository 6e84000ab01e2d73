// Runs the whole example against the Redis at REDIS_URL, after a build: one planner, two workers, one backfill of
// all four assets, then the check of the data. Exit code 0 only if the backfill succeeded and the data are right.

import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const exampleDir = dirname(fileURLToPath(import.meta.url));
const projectFile = join(exampleDir, "infill.config.ts");
const workers = 2;
const slotsPerWorker = 4;

const { command, connect, flightsProject, dataDir, verificationText, verifyOutputs } =
  await loadBuild();

/** Every process started here, and the promise of its end. */
const children = new Map();
/** Workers that have not ended. */
const liveWorkers = new Set();
let state = "starting";

process.exitCode = await main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  return 1;
});

async function main() {
  if (!process.env.REDIS_URL) {
    throw new Error(
      "REDIS_URL is not set. Run `npm run demo` at the root, which starts a Redis of its own.",
    );
  }
  process.once("SIGINT", () => void stopAndExit(130));
  process.once("SIGTERM", () => void stopAndExit(143));
  const client = await connect(flightsProject);
  try {
    startHelper("planner", ["planner", "start"]);
    for (let n = 1; n <= workers; n++) {
      liveWorkers.add(`worker-${n}`);
      startHelper(`worker-${n}`, ["worker", "start", "--concurrency", String(slotsPerWorker)]);
    }
    await untilSlots(client, workers * slotsPerWorker);
    state = "running";

    const startedMs = Date.now();
    const request = ["flights+", "--partitions", ":all", "--reprocess", "all", "--label", "demo"];
    const exitCode = await runInfill(["backfill", "create", ...request, "--yes", "--wait"]);
    const seconds = (Date.now() - startedMs) / 1_000;
    if (exitCode !== 0) {
      console.error(
        `The backfill did not succeed: exit code ${exitCode}. Logs: ${shown(logDir())}`,
      );
      return 1;
    }
    const [backfill] = (await client.backfills.list({ limit: 1 })).items;
    console.log("\nComparing every output with the source file …\n");
    const verification = await verifyOutputs(dataDir(), { writtenSinceMs: startedMs });
    console.log(verificationText(verification));
    if (verification.problems.length > 0) {
      console.error("\nThe outputs differ from the source.");
      return 1;
    }
    console.log(summary(backfill, seconds, verification));
    return 0;
  } finally {
    await client.close();
    await stopChildren();
  }
}

function summary(backfill, seconds, verification) {
  const partitions = backfill.counts.succeeded;
  const rate = Math.round(partitions / seconds);
  return `
${partitions.toLocaleString("en-US")} partitions in ${seconds.toFixed(1)} s (${rate}/s) by ${workers} workers of ${slotsPerWorker} slots, from ${verification.source.flights.toLocaleString("en-US")} flights.
Every row count and sum equals the source's.

Data       ${shown(dataDir())}   (start with network_summary.json)
Backfill   ${backfill.id}
Try next   cd ${shown(exampleDir)} && npx infill dev
           then, in a second terminal there:
           npx infill asset list
           npx infill backfill create 'flights+' --wait
           README.md there has more.
`;
}

/** Starts a process that runs beside the backfill; its output goes to a file. */
function startHelper(name, args) {
  mkdirSync(logDir(), { recursive: true });
  const logFile = join(logDir(), `${name}.log`);
  const log = openSync(logFile, "w");
  const ended = startInfill(args, ["ignore", log, log]);
  closeSync(log);
  void ended.then(() => {
    liveWorkers.delete(name);
    if (state === "stopping") return;
    if (state === "running" && name !== "planner" && liveWorkers.size > 0) {
      // What it held starts again elsewhere when its lease ends.
      console.error(`\n${name} ended; the backfill goes on without it.`);
      return;
    }
    console.error(`\n${name} ended by itself. Its log, ${shown(logFile)}, ends:`);
    console.error(lastLines(logFile, 20));
    void stopAndExit(1);
  });
}

/** Stops what was started, with a minute to finish the partitions that run. */
async function stopChildren() {
  state = "stopping";
  await Promise.all(
    [...children].map(async ([child, ended]) => {
      child.kill("SIGTERM");
      const deadline = setTimeout(() => child.kill("SIGKILL"), 60_000);
      await ended;
      clearTimeout(deadline);
    }),
  );
}

async function stopAndExit(exitCode) {
  await stopChildren();
  process.exit(exitCode);
}

/** Waits until the workers have registered, so that the first preview counts their slots. */
async function untilSlots(client, slots) {
  const deadlineMs = Date.now() + 60_000;
  for (;;) {
    const pools = await client.pools.list();
    if (pools.some((pool) => pool.slots >= slots)) return;
    if (Date.now() > deadlineMs)
      throw new Error(`The workers did not start within a minute. Logs: ${shown(logDir())}`);
    await sleep(100);
  }
}

/** Runs the command in this terminal to its end, and returns its exit code. */
async function runInfill(args) {
  console.log(`$ infill ${args.map(quoted).join(" ")}`);
  return startInfill(args, "inherit");
}

/** Starts the command; the promise is of its exit code, 1 where a signal ended it. */
function startInfill(args, stdio) {
  const child = spawn(process.execPath, [command, ...args, "--project", projectFile], { stdio });
  const ended = new Promise((resolve) => {
    child.once("error", () => resolve(1));
    child.once("exit", (code) => resolve(code ?? 1));
  });
  children.set(child, ended);
  return ended;
}

async function loadBuild() {
  const command = join(dirname(createRequire(import.meta.url).resolve("infill")), "bin.js");
  const [infill, config, paths, text, verify] = await Promise.all([
    import("infill"),
    import("./dist/infill.config.js"),
    import("./dist/src/paths.js"),
    import("./dist/src/verify/verificationText.js"),
    import("./dist/src/verify/verifyOutputs.js"),
  ]).catch((error) => {
    if (error?.code !== "ERR_MODULE_NOT_FOUND") throw error;
    console.error(`Not built yet. Run \`npm run build\` at the root first. (${error.message})`);
    process.exit(1);
  });
  return { command, flightsProject: config.default, ...infill, ...paths, ...text, ...verify };
}

function logDir() {
  return join(dataDir(), "logs");
}

function lastLines(file, count) {
  return readFileSync(file, "utf8").trimEnd().split("\n").slice(-count).join("\n");
}

function shown(path) {
  return relative(process.cwd(), path) || ".";
}

function quoted(word) {
  return /^[\w:+.-]+$/.test(word) ? word : `'${word}'`;
}
