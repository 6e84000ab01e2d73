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

beforeEach(() => {
  namespace = `${prefix}-${next++}`;
  ran = [];
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
    materialize: ({ partition }) => void ran.push(`${codeVersion} ${partition.key}`),
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
