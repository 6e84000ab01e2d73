import { asset, isFinalStatus, type Project, project } from "@infill/core";
import { daily } from "@infill/partitions";
import { connect } from "@infill/client";
import { startPlanner } from "@infill/planner";
import { cleanPrefix, eventually, redisUrlForTests, testPrefix } from "@infill/test-support";
import { startWorker } from "@infill/worker";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { expectHealthy } from "./expectHealthy.ts";

/** Processes that were started before the project file was edited, beside such as were started after it. */

const url = redisUrlForTests();
const prefix = testPrefix();
const opened: { close(): Promise<void> }[] = [];
let next = 1;
let namespace = "";
/** What ran, as `<code version> <key>`, in order. */
let ran: string[] = [];
/** What else the functions do. */
let runs: (codeVersion: string, key: string) => Promise<void> = async () => {};

beforeEach(() => {
  namespace = `${prefix}-${next++}`;
  ran = [];
  runs = async () => {};
});
afterEach(async () => {
  for (const each of opened.splice(0).toReversed()) await each.close();
});
afterAll(() => cleanPrefix(url, prefix));

function projectOf(codeVersion: string, end: string): Project {
  const days = asset({
    name: "days",
    partitions: daily({ start: "2024-01-01", end }),
    codeVersion,
    retry: { maxAttempts: 1 },
    async materialize({ partition }) {
      ran.push(`${codeVersion} ${partition.key}`);
      await runs(codeVersion, partition.key);
    },
  });
  return project({ namespace, assets: [days] });
}

/** @returns what it has logged */
async function worker(project: Project): Promise<string[]> {
  const logged: string[] = [];
  const note = (message: string) => void logged.push(message);
  const log = { info: () => {}, warn: note, error: note };
  opened.push(await startWorker({ project, redisUrl: url, concurrency: 4, log }));
  return logged;
}

async function client(project: Project): ReturnType<typeof connect> {
  const made = await connect(project, { redisUrl: url });
  opened.push(made);
  return made;
}

async function planner(project: Project): Promise<void> {
  opened.push(await startPlanner({ project, redisUrl: url, tickMs: 100 }));
}

test("a worker of an older project leaves jobs to a newer one: new days do not fail, and what ran is recorded", async () => {
  const older = projectOf("1", "2024-01-04");
  const newer = projectOf("2", "2024-01-08");
  const logged = await worker(older);
  const made = await client(newer);
  await planner(newer);
  const { id = "" } = await made.backfills.create({ assets: "days" });
  const leaves = /older project than a backfill was planned with/;
  await eventually(() => logged.some((line) => leaves.test(line)));
  expect(ran).toEqual([]);
  await worker(newer);
  await eventually(async () => isFinalStatus((await made.backfills.get(id)).status), {
    timeoutMs: 60_000,
    what: "the end of the backfill",
  });
  expect(await made.backfills.get(id)).toMatchObject({
    status: "succeeded",
    counts: { selected: 7, succeeded: 7, failed: 0 },
  });
  expect(ran.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7].map((day) => `2 2024-01-0${day}`));
  expect(logged.filter((line) => leaves.test(line))).toHaveLength(1);
  for (const day of ["2024-01-02", "2024-01-07"])
    expect((await made.partitions.get("days", day)).lastSettlement).toMatchObject({
      codeVersion: "2",
      outcome: "succeeded",
    });
  await expectHealthy(made);
});

test("a worker of a newer project runs what an older one planned, and records its own code version", async () => {
  const older = projectOf("1", "2024-01-04");
  const made = await client(older);
  await planner(older);
  const { id = "" } = await made.backfills.create({ assets: "days" });
  await worker(projectOf("2", "2024-01-08"));
  await eventually(async () => (await made.backfills.get(id)).status === "succeeded", {
    timeoutMs: 60_000,
    what: "the end of the backfill",
  });
  expect(ran.toSorted()).toEqual(["2 2024-01-01", "2 2024-01-02", "2 2024-01-03"]);
  expect((await made.partitions.get("days", "2024-01-02")).lastSettlement).toMatchObject({
    codeVersion: "2",
  });
});

test("a retry by a newer project makes the worker that failed the partitions leave them to a newer one", async () => {
  runs = async (codeVersion) => {
    if (codeVersion === "1") throw new Error("a bug of the old code");
  };
  const older = projectOf("1", "2024-01-04");
  const newer = projectOf("2", "2024-01-04");
  const logged = await worker(older);
  await planner(older);
  const { id = "" } = await (await client(older)).backfills.create({ assets: "days" });
  const made = await client(newer);
  const statusOf = async () => (await made.backfills.get(id)).status;
  await eventually(async () => (await statusOf()) === "failed", { timeoutMs: 60_000 });
  expect(ran.splice(0)).toHaveLength(3);
  await planner(newer);
  expect((await made.backfills.retry(id)).reopened).toBe(3);
  const leaves = /older project than a backfill was planned with/;
  await eventually(() => logged.some((line) => leaves.test(line)), { timeoutMs: 60_000 });
  expect(ran).toEqual([]);
  await worker(newer);
  await eventually(async () => (await statusOf()) === "succeeded", { timeoutMs: 60_000 });
  expect(ran.toSorted()).toEqual([1, 2, 3].map((day) => `2 2024-01-0${day}`));
  await expectHealthy(made);
});

test("a worker that runs a backfill stops within seconds once a newer project extends it", async () => {
  let isExtended = false;
  runs = async (codeVersion) => {
    // Slow until the change, so that the old worker is in the middle of the backfill.
    if (codeVersion === "1" && !isExtended)
      await eventually(() => isExtended, { timeoutMs: 60_000 });
  };
  const older = projectOf("1", "2024-03-01");
  const newer = projectOf("2", "2024-03-02");
  const logged = await worker(older);
  await planner(older);
  const { id = "" } = await (await client(older)).backfills.create({
    assets: "days",
    partitions: "[2024-01-01...2024-02-28]",
  });
  await eventually(() => ran.length >= 4, { timeoutMs: 60_000 });
  const made = await client(newer);
  await planner(newer);
  await made.backfills.change(id, { add: "2024-02-29" });
  isExtended = true;
  const leaves = /older project than a backfill was planned with/;
  await eventually(() => logged.some((line) => leaves.test(line)), { timeoutMs: 60_000 });
  await worker(newer);
  await eventually(async () => (await made.backfills.get(id)).status === "succeeded", {
    timeoutMs: 60_000,
    what: "the end of the backfill",
  });
  expect(ran).toContain("2 2024-02-29");
  expect(new Set(ran.map((line) => line.slice(2))).size).toBe(60);
  await expectHealthy(made);
});
