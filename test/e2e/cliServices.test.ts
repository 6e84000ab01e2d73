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
const forgetful = asset({
  name: "forgetful",
  async materialize({ log }) {
    log.debug("about to forget", { a: 1 });
    void Promise.reject(new TypeError("nobody waits", { cause: new Error("inner") }));
    // Its rejection is told while it runs.
    await delay(50);
  },
});
const late = asset({
  name: "late",
  async materialize() {
    setTimeout(() => {
      throw new RangeError("thrown in a timer");
    }, 1);
    await delay(100);
    note("late finished");
  },
});
export default project({ namespace: "NAMESPACE", assets: [stubborn, forgetful, late] });
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

test.each(["planner start", "worker start", "dev"])(
  "infill %s says once for each change of the project's files that it runs what it loaded",
  async (line) => {
    const text =
      'import { asset, project } from "infill";\nimport { name } from "./name.mjs";\n' +
      'export default project({ namespace: "NAMESPACE", assets: [asset({ name, materialize() {} })] });\n';
    const changing = commandProject(text);
    try {
      changing.write("name.mjs", 'export const name = "first";\n');
      changing.write("unrelated.ts", "1;\n");
      const service = changing.start(line.split(" "));
      await service.waitForLine(/ready/);
      const said = () =>
        Array.from(service.stderr.matchAll(/warn +(\S+) has changed; restart to use it/g));
      const files = () => said().map(([, file]) => file);
      changing.write("unrelated.ts", "2;\n");
      changing.write("name.mjs", 'export const name = "second";\n');
      await eventually(() => said().length === 1, { timeoutMs: 60_000 });
      changing.write("infill.config.ts", `${text}// edited\n`);
      await eventually(() => said().length === 2, { timeoutMs: 60_000 });
      changing.write("infill.config.ts", `${text}// edited again\n`);
      await eventually(() => said().length === 3, { timeoutMs: 60_000 });
      // Each was found by two looks at least, so a sentence that is repeated would stand here more often.
      expect(files()).toEqual(["name.mjs", "infill.config.ts", "infill.config.ts"]);
      service.kill("SIGTERM");
      expect(await service.exited).toEqual({ code: 0, signal: null });
    } finally {
      await changing.close();
    }
  },
);

/** The entries of a JSON log; fails where a line is anything else. */
function entriesOf(text: string): Record<string, unknown>[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

test("a promise that a function forgot is a line of the log, and the worker goes on", async () => {
  const worker = project.start(["worker", "start", "--json", "--log-level", "debug"]);
  await worker.waitForLine("worker ready");
  for (let time = 0; time < 2; time++) {
    const run = await project.run([
      "backfill",
      "create",
      "forgetful",
      "--reprocess",
      "all",
      "--wait",
    ]);
    expect(run.exitCode).toBe(0);
  }
  worker.kill("SIGTERM");
  expect(await worker.exited).toEqual({ code: 0, signal: null });
  const entries = entriesOf(worker.stderr);
  const told = entries.filter(({ message }) =>
    String(message).startsWith("a promise was rejected"),
  );
  const line = {
    level: "error",
    error: "TypeError: nobody waits ← Error: inner",
    causes: ["Error: inner"],
    running: [{ asset: "forgetful", partition: "", backfill: expect.stringMatching(/^bf_/) }],
  };
  expect(told).toMatchObject([line, line]);
  expect(entries).toContainEqual(
    expect.objectContaining({
      level: "debug",
      message: "about to forget",
      asset: "forgetful",
      a: 1,
    }),
  );
});

test("after an error that nobody could catch a worker finishes what it runs and ends with 1", async () => {
  const before = runs().length;
  const worker = project.start(["worker", "start", "--grace", "10m"]);
  await worker.waitForLine("worker ready");
  const created = await project.json(["backfill", "create", "late", "--reprocess", "all"]);
  expect(await worker.exited).toEqual({ code: 1, signal: null });
  expect(runs().slice(before)).toEqual(["late finished"]);
  const line = worker.stderr.split("\n").find((text) => text.includes("thrown in a timer"));
  expect(line).toMatch(
    /error an error was thrown where nobody can catch it.* error="RangeError: thrown in a timer"/,
  );
  expect(line).toContain('"asset":"late"');
  expect(worker.stderr).not.toContain("Node.js v");
  const watched = await project.run(["backfill", "watch", String(created["id"])]);
  expect(watched.exitCode).toBe(0);
});
