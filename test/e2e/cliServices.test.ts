import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "@infill/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CommandProject, commandProject } from "./infillCommand.ts";

/** One asset that runs until a file is there, whatever it is told. */
const config = `
import { existsSync, appendFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { asset, project } from "infill";

const here = import.meta.dirname;
const note = (line) => appendFileSync(here + "/runs.txt", line + "\\n");

const stubborn = asset({
  name: "stubborn",
  async materialize() {
    note("stubborn started");
    while (!existsSync(here + "/finish")) await delay(20);
    note("stubborn finished");
  },
});
export default project({ namespace: "NAMESPACE", assets: [stubborn] });
`;

let project: CommandProject;

beforeAll(async () => {
  project = commandProject(config);
  const planner = project.start(["planner", "start", "--json"]);
  await planner.waitForLine("planner ready");
  expect(JSON.parse(planner.stdout)).toMatchObject({ schemaVersion: 1, type: "planner" });
});
afterAll(() => project.close());

function runs(): string[] {
  const file = join(project.directory, "runs.txt");
  return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
}

test("a worker without work ends at once with 0", async () => {
  const worker = project.start(["worker", "start", "--json"]);
  await worker.waitForLine("worker ready");
  expect(JSON.parse(worker.stdout)).toMatchObject({
    type: "worker",
    pools: ["default"],
    concurrency: 16,
  });
  worker.kill("SIGTERM");
  expect(await worker.exited).toEqual({ code: 0, signal: null });
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("a second %s ends a busy worker with %i at once", async (signal, exitCode) => {
  const before = runs().length;
  const created = await project.json(["backfill", "create", "stubborn", "--reprocess", "all"]);
  const worker = project.start(["worker", "start", "--grace", "10m", "--lease", "2s"]);
  await eventually(() => runs().length === before + 1);
  worker.kill(signal);
  await worker.waitForLine(`stopping (${signal})`);
  worker.kill(signal);
  expect(await worker.exited).toEqual({ code: exitCode, signal: null });
  await project.run(["backfill", "cancel", String(created["id"])]);
});

test("at the first signal a worker finishes what it runs", async () => {
  const before = runs().length;
  const created = await project.json(["backfill", "create", "stubborn", "--reprocess", "all"]);
  const worker = project.start(["worker", "start", "--grace", "10m"]);
  await eventually(() => runs().length === before + 1, { timeoutMs: 60_000 });
  worker.kill("SIGTERM");
  await worker.waitForLine("stopping (SIGTERM)");
  project.write("finish", "");
  expect(await worker.exited).toEqual({ code: 0, signal: null });
  expect(runs().at(-1)).toBe("stubborn finished");
  const watched = await project.run(["backfill", "watch", String(created["id"])]);
  expect(watched.exitCode).toBe(0);
});
