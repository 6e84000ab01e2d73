import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  eventually,
  freePort,
  type NodeProcess,
  type RedisServer,
  startRedis,
} from "@infill/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Redis } from "ioredis";
import { type CommandProject, commandProject, type CommandRun } from "./infillCommand.ts";
import { missingLines, type QuotedScreen, quotedScreens } from "./quotedScreens.ts";

/**
 * The page `docs/when-something-goes-wrong.md`, played through: a project, a planner and a worker, and what goes wrong. Each
 * screen that the page quotes is compared with what the command prints.
 */
const page = quotedScreens(new URL("../../docs/when-something-goes-wrong.md", import.meta.url));
const unseen = new Set(page.keys());
/** A command takes a second or more to start on a busy machine. */
const patient = { timeoutMs: 60_000 };

const config = `
import { existsSync } from "node:fs";
import { asset, daily, project, staticPartitions } from "infill";

const days = daily({ start: "2024-01-01", end: "2024-01-11" });
const until = (file, signal) => new Promise((resolve) => {
  const timer = setInterval(() => {
    if (existsSync(file) || signal?.aborted) { clearInterval(timer); resolve(); }
  }, 20);
});
const sales = asset({
  name: "sales", partitions: days, codeVersion: "1", retry: { maxAttempts: 2, backoffMs: 10 },
  materialize({ partition }) {
    if (partition.key !== "2024-01-03") return;
    throw new Error("no rates for " + partition.key, { cause: new Error("connect ECONNREFUSED 10.0.0.9:5432") });
  },
});
const report = asset({ name: "report", partitions: days, deps: [sales], materialize() {} });
const slow = asset({
  name: "slow", partitions: staticPartitions(["a", "b"]),
  materialize: ({ signal }) => until("slow.done", signal),
});
const stubborn = asset({
  name: "stubborn", partitions: staticPartitions(["x"]),
  materialize: () => until("stubborn.done"),
});
const heavy = asset({
  name: "heavy", partitions: staticPartitions(["x"]),
  materialize() { for (const end = Date.now() + 4_000; Date.now() < end; ); },
});
export default project({ namespace: "infill", assets: [sales, report, slow, stubborn, heavy] });
`;

let server: RedisServer;
let project: CommandProject;
let planner: NodeProcess;
let worker: NodeProcess;

beforeAll(async () => {
  server = await startRedis({ appendonly: true });
  project = commandProject(config, server.url);
});
afterAll(async () => {
  await project?.close();
  await server?.stop();
});

/** A screen of the page, which is seen from here on. */
function screen(name: string): QuotedScreen {
  const found = page.get(name);
  if (found === undefined) throw new Error(`The page has no screen "${name}"`);
  unseen.delete(name);
  return found;
}

/** Runs the commands of a screen and compares. `id` stands in for the page's backfill, `words` for other words of it. */
async function play(
  name: string,
  { id = "latest", words = {} }: { id?: string; words?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  for (const { args, lines, exitCode } of screen(name).commands) {
    const own = args.map((word) => words[word] ?? (word.startsWith("bf_") ? id : word));
    const run = await project.run(own);
    expectQuoted(`${name}: infill ${args.join(" ")}`, lines, run.stdout + run.stderr);
    if (exitCode !== undefined) expect(run.exitCode, name).toBe(exitCode);
  }
}

function expectQuoted(what: string, lines: readonly string[], output: string): void {
  const missing = missingLines(lines, output);
  expect(missing, `${what}\nprinted\n${output}`).toEqual([]);
}

/** Waits until a process has printed all lines of a screen. */
async function printed(name: string, process: NodeProcess): Promise<void> {
  const { log, commands } = screen(name);
  const lines = [...log, ...commands.flatMap((command) => command.lines)];
  const output = () => process.stdout + process.stderr;
  await eventually(() => missingLines(lines, output()).length === 0, patient).catch(() =>
    expectQuoted(name, lines, output()),
  );
}

async function create(...args: readonly string[]): Promise<string> {
  const run = await project.run(["backfill", "create", ...args, "-q"]);
  expect(run.exitCode, run.stderr).toBe(0);
  return run.stdout.trim();
}

async function startWorker(): Promise<NodeProcess> {
  const args = ["worker", "start", "--lease", "2s", "--grace", "500ms", "--concurrency", "4"];
  const started = project.start(args);
  await started.waitForLine("worker ready");
  return started;
}

const ended = (id: string): Promise<CommandRun> => project.run(["backfill", "watch", id, "-q"]);
const done = (name: string) => writeFileSync(join(project.directory, `${name}.done`), "");

test("nothing starts: no planner, no worker", async () => {
  const id = await create("sales+");
  await play("nothing-starts", { id });
  planner = project.start(["planner", "start"]);
  [worker] = await Promise.all([startWorker(), planner.waitForLine("planner ready")]);
  expect((await ended(id)).exitCode).toBe(6);
});

test("a partition failed, and what reads it was skipped", async () => {
  await play("failed-backfill");
  await play("failed-partition");
  await play("skipped-partition");
  await play("retry");
  await printed("failed-log", worker);
});

test("a backfill paused by itself", async () => {
  await play("paused-by-itself");
  await play("paused-show");
  await project.run(["backfill", "cancel", "latest", "--yes", "--wait"]);
  await play("limit-at-the-end");
});

test("a worker was killed", async () => {
  const id = await create("slow");
  await eventually(async () => (await show(id)).includes("◐ 2 in progress"), patient);
  worker.kill("SIGKILL");
  await worker.exited;
  // Until its entry has lapsed, the dead worker is listed.
  await eventually(async () => (await show(id)).includes("No worker serves"), patient);
  await play("no-worker", { id });
  worker = await startWorker();
  await printed("worker-died", worker);
  done("slow");
  expect((await ended(id)).exitCode).toBe(0);
  await play("attempts");
});

test("a function goes on though its backfill was canceled", async () => {
  const id = await create("stubborn");
  await eventually(async () => (await show(id)).includes("◐ 1 in progress"), patient);
  await project.run(["backfill", "cancel", id, "--yes"]);
  await printed("overrun-log", worker);
  await play("overrun");
  done("stubborn");
  await printed("overrun-end", worker);
});

test("a function blocks the event loop", async () => {
  const id = await create("heavy");
  await printed("blocked", worker);
  expect((await ended(id)).exitCode).toBe(0);
});

test("Redis goes away and comes back", async () => {
  rmSync(join(project.directory, "slow.done"));
  const id = await create("slow", "--reprocess", "all");
  await eventually(async () => (await show(id)).includes("◐ 2 in progress"), patient);
  const watch = project.start(["backfill", "watch", id, "--interval", "500ms"]);
  await watch.waitForLine("2 in progress");
  await server.kill9();
  await Promise.all([
    printed("redis-away-watch", watch),
    printed("redis-away-log", planner),
    printed("redis-away-log", worker),
    play("redis-away"),
  ]);
  await server.restart();
  await Promise.all([printed("redis-back", planner), printed("redis-back", worker)]);
  done("slow");
  expect((await watch.exited).code).toBe(0);
});

test("an entry cannot be read", async () => {
  const id = await create("sales", "--partitions", "2024-01-01", "--reprocess", "all");
  await ended(id);
  const redis = new Redis(server.url);
  await redis.hset(`infill:{backfills}:${id}`, "header", "{");
  await redis.quit();
  await play("unreadable", { id });
});

test("an address does not lead to a Redis", async () => {
  const port = await freePort();
  await play("addresses", { words: { "redis://10.0.0.5:6379": `redis://127.0.0.1:${port}` } });
  const guarded = await startRedis({ extraArgs: ["--requirepass", "secret"] });
  try {
    const [, , host = ""] = guarded.url.split("/");
    const words = {
      "redis://10.0.0.5:6379": guarded.url,
      "redis://:wrong@10.0.0.5:6379": `redis://:wrong@${host}`,
    };
    await play("password", { words });
  } finally {
    await guarded.stop();
  }
});

test("a definition has changed, and is restored", async () => {
  const name = "infill.config.ts";
  project.write(name, config.replace("2024-01-11", '2024-01-11", timezone: "Europe/Berlin'));
  await play("definition-changed");
  project.write(name, config);
  await play("definition-undone");
});

test("an edited project waits for new processes", async () => {
  project.write("infill.config.ts", config.replace('codeVersion: "1"', 'codeVersion: "2"'));
  await Promise.all([printed("edited-log", planner), printed("edited-log", worker)]);
  const id = await create("sales", "--partitions", "2024-01-01", "--reprocess", "all");
  await printed("older-planner", planner);
  await eventually(async () => (await show(id)).includes("The only planner"), patient);
  await play("older-project", { id });
  await Promise.all([planner.stop(), worker.stop()]);
  planner = project.start(["planner", "start"]);
  worker = await startWorker();
  expect((await ended(id)).exitCode).toBe(0);
});

test("every screen of the page has been compared", () => {
  expect([...unseen]).toEqual([]);
});

async function show(id: string): Promise<string> {
  return (await project.run(["backfill", "show", id])).stdout;
}
