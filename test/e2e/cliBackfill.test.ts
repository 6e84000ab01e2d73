import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CommandProject, commandProject } from "./infillCommand.ts";

const config = `
import { existsSync, writeFileSync } from "node:fs";
import { asset, daily, multi, project, staticPartitions } from "infill";

console.log("printed by the project file");
const here = import.meta.dirname;
const days = daily({ start: "2024-01-01", end: "2024-02-01" });

const sales = asset({ name: "sales", partitions: days, materialize: () => ({ metadata: { rows: 3 } }) });
const regional = asset({
  name: "regional",
  partitions: multi({ date: days, region: staticPartitions(["us", "eu"]) }),
  deps: [sales],
  materialize() {},
});
const broken = asset({
  name: "broken",
  partitions: days,
  retry: { maxAttempts: 1 },
  materialize({ partition }) {
    if (partition.key === "2024-01-05" && !existsSync(here + "/repaired")) throw new Error("no \\u001b[31m file\\nhere");
  },
});
const slow = asset({
  name: "slow",
  partitions: days,
  async materialize({ signal }) {
    writeFileSync(here + "/slow-started", "");
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    signal.throwIfAborted();
  },
});

const flawed = asset({
  name: "flawed",
  partitions: days,
  retry: { maxAttempts: 1 },
  materialize({ partition }) {
    const day = Number(partition.key.slice(8));
    if (day === 7 || day === 8) throw new Error("row " + day + " of /data/" + partition.key + ".csv is bad");
  },
});

export default project({ namespace: "NAMESPACE", assets: [sales, regional, broken, slow, flawed] });
`;

let project: CommandProject;

beforeAll(async () => {
  project = commandProject(config);
  const planner = project.start(["planner", "start"]);
  const worker = project.start(["worker", "start", "--concurrency", "4"]);
  await planner.waitForLine("planner ready");
  await worker.waitForLine("worker ready");
});
afterAll(() => project.close());

const finalCounts = { waiting: 0, queued: 0, inProgress: 0, skipped: 0, canceled: 0, failed: 0 };

test("a backfill is submitted, watched to its end, and listed", async () => {
  const created = await project.run(["backfill", "create", "sales+", "--wait", "--json"]);
  expect(created.exitCode).toBe(0);
  const lines = created.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.at(0)).toMatchObject({
    schemaVersion: 1,
    type: "backfill_created",
    preview: { toRun: 93 },
  });
  expect(lines.at(-1)).toMatchObject({
    schemaVersion: 1,
    type: "backfill",
    id: lines.at(0).id,
    status: "succeeded",
    counts: { selected: 93, succeeded: 93, ...finalCounts },
  });
  const again = await project.run(["backfill", "create", "sales+"]);
  expect([again.exitCode, again.stdout]).toEqual([
    0,
    "Nothing to run: all 93 selected partitions are materialized. --reprocess all runs them again.\n",
  ]);
  const list = await project.run(["backfill", "list", "-q"]);
  expect(list.stdout.split("\n")).toContain(lines.at(0).id);
});

test("what a project file prints goes to stderr, so that JSON stays whole", async () => {
  const run = await project.run(["asset", "list", "--json"]);
  expect(JSON.parse(run.stdout)).toMatchObject({ schemaVersion: 1, type: "assets" });
  expect(run.stderr).toContain("printed by the project file");
});

test("partitions of a text, from a file and from standard input are the same", async () => {
  project.write("days.txt", "2024-01-01\r\n2024-01-02\r\n");
  const expected = { partitions: "2024-01-01, 2024-01-02", counts: { total: 2 } };
  const count = (text: string, input = "") =>
    project.json(["partition", "count", "sales", "--partitions", text], { input });
  const counts = await Promise.all([
    count("2024-01-01, 2024-01-02"),
    count("@days.txt"),
    count("-", "2024-01-01\n2024-01-02"),
  ]);
  for (const found of counts) expect(found).toMatchObject(expected);
});

test("lists come in pages that join to the whole", async () => {
  const list = ["partition", "list", "regional", "--limit", "40"];
  const first = await project.json(list);
  const second = await project.json([...list, "--cursor", String(first["nextCursor"])]);
  expect(second["nextCursor"]).toBeUndefined();
  const keys = [first, second].flatMap(({ items }) =>
    Array.isArray(items) ? items.map(({ key }) => key) : [],
  );
  expect(keys).toHaveLength(62);
  expect(new Set(keys).size).toBe(62);
});

test("a backfill that fails exits with 6; a retry runs what failed and nothing else", async () => {
  const failed = await project.run(["backfill", "create", "broken", "--wait"]);
  expect(failed.exitCode).toBe(6);
  expect(failed.stdout).toMatch(/bf_\w+ failed .*30 succeeded, 1 failed/);
  const id = /bf_\w+/.exec(failed.stdout)?.[0] ?? "";
  expect((await project.run(["backfill", "watch", id])).exitCode).toBe(6);
  const shown = await project.run(["partition", "show", "broken", "2024-01-05"]);
  expect(shown.stdout).toContain("no \\x1b[31m file");
  expect(shown.stdout).not.toContain("\u001b");

  project.write("repaired", "");
  const retried = await project.run(["backfill", "retry", id, "--wait", "--json"]);
  expect(retried.exitCode).toBe(0);
  const lines = retried.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.at(0)).toMatchObject({ type: "backfill_retried", reopened: 1 });
  expect(lines.at(-1)).toMatchObject({
    status: "succeeded",
    counts: { selected: 31, succeeded: 31 },
  });
});

test("what failed is shown by group, a group is retried, the log says so, and the end is deleted", async () => {
  const created = await project.json(["backfill", "create", "flawed", "--wait"]);
  const id = String(created["id"]);
  const failures = await project.run(["backfill", "failures", id]);
  expect(failures.stdout).toMatch(/^f[0-9a-f]{7} +2 +100 % .*Error: row \{n\} of \{path\} is bad/m);
  const group = /--group (f[0-9a-f]+)/.exec(failures.stdout)?.[1] ?? "";
  const preview = await project.json(["backfill", "retry", id, "--group", group, "--dry-run"]);
  expect(preview).toMatchObject({ toRetry: 2, failed: 2, skipped: 0, canceled: 0 });
  const retried = await project.run(["backfill", "retry", id, "--group", group, "--wait"]);
  expect(retried.exitCode).toBe(6);
  expect((await project.run(["backfill", "retry", id, "--group", "f0"])).exitCode).toBe(3);
  const events = await project.json(["backfill", "events", id]);
  expect(events["items"]).toMatchObject([
    { what: "created", actor: "tester" },
    { what: "failed", before: { status: "running" } },
    { what: "retried", actor: "tester", details: { reopened: 2, group } },
    { what: "failed" },
  ]);
  const deleted = await project.run(["backfill", "delete", id, "--yes"]);
  expect([deleted.exitCode, deleted.stdout]).toEqual([0, `Backfill ${id} is deleted.\n`]);
  expect((await project.run(["backfill", "show", id])).exitCode).toBe(3);
});

test("partitions are marked and wiped by hand, and their history says by whom", async () => {
  const which = ["regional", "--partitions", "date=2024-01-03"];
  expect(await project.json(["partition", "wipe", ...which, "--dry-run"])).toMatchObject({
    toChange: 2,
  });
  const refused = await project.run(["partition", "wipe", ...which, "--yes"]);
  expect([refused.exitCode, refused.stderr]).toEqual([
    2,
    expect.stringContaining("--confirm regional"),
  ]);
  const wiped = await project.json(["partition", "wipe", ...which, "--confirm", "regional"]);
  expect(wiped).toMatchObject({ changed: 2, leftOut: 0 });
  const marked = await project.run([
    ...["partition", "mark", ...which, "--as", "materialized", "--reason", "loaded by hand"],
  ]);
  expect(marked.stdout).toBe("2 partitions of regional marked.\n");
  const shown = await project.run(["partition", "show", "regional", "2024-01-03|us"]);
  expect(shown.stdout).toMatch(/^settled +marked by hand at /m);
  const history = await project.json(["partition", "history", "regional"]);
  expect(history["items"]).toMatchObject([
    { what: "marked", actor: "tester", reason: "loaded by hand" },
    { what: "wiped", actor: "tester" },
  ]);
});

test("the time-out, Ctrl-C and SIGTERM end the watching, not the backfill; cancel ends it", async () => {
  const timedOut = await project.run([
    "backfill",
    "create",
    "slow",
    "--wait",
    "--timeout",
    "200ms",
  ]);
  expect(timedOut.exitCode).toBe(8);
  const id = /bf_\w+/.exec(timedOut.stdout)?.[0] ?? "";
  expect(timedOut.stderr).toContain(
    `the backfill goes on. Look again: infill backfill watch ${id}`,
  );

  for (const [signal, exitCode] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    const watch = project.start(["backfill", "watch", id]);
    await watch.waitForLine(`${id} running`);
    watch.kill(signal);
    expect(await watch.exited).toEqual({ code: exitCode, signal: null });
    expect(watch.stderr).toContain(`Look again: infill backfill watch ${id}`);
  }
  expect(await project.json(["backfill", "show", id])).toMatchObject({ status: "running" });

  const watch = project.start(["backfill", "watch", id]);
  await watch.waitForLine(`${id} running`);
  const canceled = await project.run(["backfill", "cancel", id, "--wait", "--reason", "enough"]);
  expect(canceled.exitCode).toBe(0);
  expect(await watch.exited).toEqual({ code: 7, signal: null });
  expect(existsSync(join(project.directory, "slow-started"))).toBe(true);
  expect(await project.json(["partition", "count", "slow"])).toMatchObject({
    counts: { total: 31, missing: 31 },
  });
});

test.concurrent.each([
  [["backfill", "create", "slaes"], 3, "INFILL_ASSET_UNKNOWN"],
  [["asset", "show", "nope"], 3, "INFILL_ASSET_UNKNOWN"],
  [["partition", "show", "sales", "2024-03-01"], 3, "INFILL_PARTITION_KEY_UNKNOWN"],
  [["partition", "show", "sales", "x\u001b[31m\n"], 3, "INFILL_PARTITION_KEY_UNKNOWN"],
  [
    ["backfill", "create", "sales", "--partitions", "2024-03-01"],
    3,
    "INFILL_PARTITION_KEY_UNKNOWN",
  ],
  [
    ["backfill", "create", "sales", "--partitions", "[2024-01-09...2024-01-02]"],
    2,
    "INFILL_RANGE_INVERTED",
  ],
  [
    ["backfill", "create", "sales", "--partitions", "[2024-01-01...2024-01-02"],
    2,
    "INFILL_PARTITION_TEXT_INVALID",
  ],
  [["backfill", "create", "sales", "--partitions", ""], 2, "INFILL_PARTITION_TEXT_INVALID"],
  [["backfill", "create", "", "--json"], 2, "INFILL_ASSET_SELECTION_INVALID"],
  [["backfill", "create", "sales,,regional"], 2, "INFILL_ASSET_SELECTION_INVALID"],
  [["backfill", "show", "bf_01JD3K9V000000000000000000"], 3, "INFILL_BACKFILL_UNKNOWN"],
  [["backfill", "watch", "x"], 3, "INFILL_BACKFILL_UNKNOWN"],
  [["backfill", "retry", "x"], 3, "INFILL_BACKFILL_UNKNOWN"],
  [["worker", "start", "--pool", "defualt"], 3, "INFILL_POOL_UNKNOWN"],
])("infill %j exits with %i: %s", async (args, exitCode, code) => {
  const run = await project.run(args);
  const ownLines = run.stderr.split("\n").filter((line) => line !== "printed by the project file");
  expect({ args, exitCode: run.exitCode, stdout: run.stdout }).toEqual({
    args,
    exitCode,
    stdout: "",
  });
  expect(ownLines).toEqual([expect.stringMatching(new RegExp(`^error ${code}: .*[.?]$`)), ""]);
});

test("nothing that was refused left a backfill", async () => {
  const list = await project.json(["backfill", "list", "--status", "running"]);
  expect(list["items"]).toEqual([]);
});

test("a definition that means something else is refused when a backfill names it", async () => {
  project.write(
    "changed.config.ts",
    config.replace("days = daily", "days = weekly").replace("daily,", "weekly,"),
  );
  const create = ["backfill", "create", "sales", "--project", "changed.config.ts"];
  const run = await project.run(create);
  expect([run.exitCode, run.stdout]).toEqual([5, ""]);
  expect(run.stderr).toMatch(/^error INFILL_DEFINITION_CHANGED: /m);
});
