import { expect, test } from "vitest";
import { runTest } from "../testing/runTest.ts";
import { sampleId } from "../testing/samples.ts";

test.each([
  [
    "frobnicate",
    "Unknown command 'frobnicate'. Expected one of init, dev, check, doctor, backfill, gaps, partition, dynamic, asset, pool, worker, planner, version. See `infill --help`.",
  ],
  ["backfil list", "Unknown command 'backfil'. Did you mean backfill? See `infill --help`."],
  ["backfill lst", "Unknown command 'lst'. Did you mean list? See `infill backfill --help`."],
  [
    "-o json partition shw",
    "Unknown command 'shw'. Did you mean show? See `infill partition --help`.",
  ],
  ["backfill fail", "Unknown command 'fail'. Did you mean failures? See `infill backfill --help`."],
  ["retry bf_1", "Unknown command 'retry'. Did you mean backfill retry? See `infill --help`."],
  [
    "list",
    "Unknown command 'list'. Did you mean one of backfill list, partition list, dynamic list? See `infill --help`.",
  ],
  ["pool status", "Unknown command 'status'. Expected list. See `infill pool --help`."],
  [
    "backfill cancel x --dry",
    "Unknown option '--dry'. Did you mean --dry-run? See `infill backfill cancel --help`.",
  ],
  [
    "backfill list --lmit 5",
    "Unknown option '--lmit'. Did you mean --limit? See `infill backfill list --help`.",
  ],
  [
    "asset list --limit 5",
    "Unknown option '--limit'. Expected one of --quiet, --stale. See `infill asset list --help`.",
  ],
  [
    "pool list --parallel 4",
    "Unknown option '--parallel'. Expected --quiet. See `infill pool list --help`.",
  ],
  [
    "backfill create sales --parallel 4",
    "Unknown option '--parallel'. Did you mean --concurrency? See `infill backfill create --help`.",
  ],
  [
    "backfill create sales --from 2024-01-01 --to 2024-02-01",
    "Unknown option '--from'. Did you mean --partitions '[a...b]'? See `infill backfill create --help`.",
  ],
  [
    "partition list sales --to=2024-02-01",
    "Unknown option '--to=2024-02-01'. Did you mean --partitions '[a...b]'? See `infill partition list --help`.",
  ],
  [
    "worker start --threads 4",
    "Unknown option '--threads'. Did you mean --concurrency? See `infill worker start --help`.",
  ],
  [
    "backfill create sales --frobnicate",
    "Unknown option '--frobnicate'. Expected one of --partitions, --partitions-of, --only-named, --reprocess, --window, --concurrency, --max-partitions-per-run, --max-attempts, --canary, --overlap, --origin, --label or 17 more. See `infill backfill create --help`.",
  ],
  [
    "planner start --frobnicate",
    "Unknown option '--frobnicate'. This command has no flags of its own. See `infill planner start --help`.",
  ],
  ["backfill create", "Missing required argument 'assets'. See `infill backfill create --help`."],
  [
    "backfill show a b",
    "Too many arguments for 'show'. Expected 1 argument but got 2. See `infill backfill show --help`.",
  ],
  [
    "backfill list --limit 0",
    "Option '--limit <n>' argument '0' is invalid. Expected a whole number from 1 to 10000. See `infill backfill list --help`.",
  ],
  [
    "backfill list --limit=",
    "Option '--limit <n>' argument '' is invalid. Expected a whole number from 1 to 10000. See `infill backfill list --help`.",
  ],
  [
    "backfill list --limit 0x10",
    "Option '--limit <n>' argument '0x10' is invalid. Expected a whole number from 1 to 10000. See `infill backfill list --help`.",
  ],
  [
    "backfill list --limit",
    "Option '--limit <n>' argument missing. See `infill backfill list --help`.",
  ],
  [
    "backfill list --status done",
    "Option '--status <status>' argument 'done' is invalid. Allowed choices are running, paused, canceling, succeeded, failed, canceled. See `infill backfill list --help`.",
  ],
  [
    "backfill watch x --timeout 30",
    "Option '--timeout <time>' argument '30' is invalid. Expected a number with a unit, such as 500ms, 30s, 5m or 1h. See `infill backfill watch --help`.",
  ],
  [
    "worker start --concurrency 1e9",
    "Option '--concurrency <n>' argument '1e9' is invalid. Expected a whole number from 1 to 512. See `infill worker start --help`.",
  ],
  [
    "worker start --pool a,,b",
    "Option '--pool <names>' argument 'a,,b' is invalid. A name is missing before or after a comma. See `infill worker start --help`.",
  ],
  [
    "-o xml asset list",
    "Option '-o, --output <format>' argument 'xml' is invalid. Allowed choices are table, json, jsonl. See `infill --help`.",
  ],
])("infill %s", async (line, sentence) => {
  const run = await runTest(line.split(" "));
  expect(run).toMatchObject({ exitCode: 2, out: "", err: `error INFILL_USAGE: ${sentence}\n` });
});

test("flags that contradict each other are refused", async () => {
  const run = await runTest(["backfill", "create", "sales", "--dry-run", "--wait"]);
  expect(run).toMatchObject({
    exitCode: 2,
    err: "error INFILL_USAGE: --dry-run submits nothing that --wait could watch.\n",
  });
});

test("of a flag that is repeated, the last one counts; shared flags may stand anywhere", async () => {
  const run = await runTest(["--output", "table", "backfill", "-o", "json", "list", "-o", "jsonl"]);
  expect(run.exitCode).toBe(0);
  expect(JSON.parse(run.out)).toMatchObject({ type: "backfill", id: sampleId });
});

test("a key that begins with a dash follows --", async () => {
  const run = await runTest(["partition", "show", "--json", "daily_sales", "--", "-q"]);
  expect(run.exitCode).toBe(0);
});

test("a backfill is named once, by an id or --last", async () => {
  for (const words of [[], [sampleId, "--last"]]) {
    const run = await runTest(["backfill", "show", ...words]);
    expect(run).toMatchObject({ exitCode: 2, out: "" });
    expect(run.err).toContain("Name one backfill");
  }
  for (const words of [["latest"], ["--last"]])
    expect((await runTest(["backfill", "show", ...words])).out).toContain(sampleId);
});

test("a group without a command is a usage error that shows its help", async () => {
  const run = await runTest(["backfill"]);
  expect([run.exitCode, run.out]).toEqual([2, ""]);
  expect(run.err).toMatch(/^Examples:\n.*Usage: infill backfill/s);
});
