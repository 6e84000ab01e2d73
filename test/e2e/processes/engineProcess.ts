import { startPlanner } from "@infill/planner";
import { startWorker } from "@infill/worker";
import { type EngineSettings, engineProject } from "./engineProject.ts";

/** A planner or a worker of the engine project. Says `ready`; ends in good order on SIGTERM. */
const { ENGINE, REDIS_URL, ENGINE_ROLE } = process.env;
if (ENGINE === undefined || REDIS_URL === undefined) throw new Error("a test starts this process");
// Written by the test that starts this process.
const settings = JSON.parse(ENGINE) as EngineSettings;
const project = engineProject(settings);
/** What is wrong goes to stderr, a line each. */
const tell = (message: string, fields: object = {}) =>
  console.error(JSON.stringify({ message, ...fields }));
const log = { info: () => {}, warn: tell, error: tell };
const running =
  ENGINE_ROLE === "planner"
    ? await startPlanner({
        project,
        redisUrl: REDIS_URL,
        leaseMs: settings.leaseMs ?? 15_000,
        tickMs: 500,
        log,
      })
    : await startWorker({
        project,
        redisUrl: REDIS_URL,
        concurrency: settings.concurrency ?? 8,
        leaseMs: settings.leaseMs ?? 30_000,
        graceMs: 2_000,
        ...(settings.maxBlockedMs === undefined ? {} : { maxBlockedMs: settings.maxBlockedMs }),
        ...(settings.maxLapses === undefined ? {} : { maxLapses: settings.maxLapses }),
        blockedWarnings: "json",
        log,
      });
process.once("SIGTERM", () => void running.close().then(() => process.exit(0)));
console.log("ready");
