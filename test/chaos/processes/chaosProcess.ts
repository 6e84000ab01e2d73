import { setTimeout as delay } from "node:timers/promises";
import { connect } from "@infill/client";
import { startParsedPlanner } from "@infill/planner/testing";
import type { Logger } from "@infill/core";
import { startWorker } from "@infill/worker";
import { chaosProject } from "./chaosProject.ts";
import type { ChaosSettings } from "./chaosSettings.ts";

/** One process of a scenario: a planner, a worker, or a submission. Says `ready`; ends in good order on SIGTERM. */
const { CHAOS, CHAOS_ROLE, CHAOS_POOL, CHAOS_REQUEST, CHAOS_LEASE_MS, REDIS_URL } = process.env;
if (CHAOS === undefined || REDIS_URL === undefined)
  throw new Error("a scenario starts this process");
// Written by the scenario that starts this process.
const settings = JSON.parse(CHAOS) as ChaosSettings;
const project = chaosProject(settings);
const write = (level: string) => (message: string, fields?: object) =>
  console.log(JSON.stringify({ level, message, ...fields }));
const log: Logger = { info: write("info"), warn: write("warn"), error: write("error") };
const leaseMs = Number(CHAOS_LEASE_MS ?? settings.leaseMs);

/** What keeps a process alive though it has closed what it had: timers, connections. A broken connection's timer ends in 2 s. */
async function leftBehind(): Promise<string[]> {
  const deadlineMs = performance.now() + 4_000;
  for (;;) {
    const left = process.getActiveResourcesInfo().filter((name) => !/^(Pipe|TTY)/.test(name));
    if (left.length === 0 || performance.now() > deadlineMs) return left;
    await delay(50, undefined, { ref: false });
  }
}

async function submit(redisUrl: string): Promise<void> {
  const client = await connect(project, { redisUrl });
  const { id } = await client.backfills.create(JSON.parse(CHAOS_REQUEST ?? "{}"));
  console.log(JSON.stringify({ level: "info", message: "answered", id }));
  await client.close();
}

if (CHAOS_ROLE === "submit") {
  await submit(REDIS_URL);
} else {
  const where = { project, redisUrl: REDIS_URL };
  const running =
    CHAOS_ROLE === "planner"
      ? // Not `startPlanner`, which refuses a lease that holds for nothing.
        await startParsedPlanner({ ...where, leaseMs, tickMs: settings.tickMs, log })
      : await startWorker({
          ...where,
          pools: [CHAOS_POOL ?? "default"],
          concurrency: settings.concurrency,
          leaseMs,
          graceMs: 5_000,
          log,
        });
  process.once("SIGTERM", () => {
    void running
      .close()
      .then(leftBehind)
      .then((left) => {
        if (left.length > 0) log.error("left behind", { resources: left.join(", ") });
        process.exit(0);
      });
  });
  console.log("ready");
}
