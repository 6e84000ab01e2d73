import { asset, type Project, project } from "@infill/core";
import { daily } from "@infill/partitions";
import { openStateStore, readBackfill, type StateStore } from "@infill/state";
import { cleanPrefix, eventually, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { connect, type InfillClient } from "@infill/client";
import { startPlanner } from "./startPlanner.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
const opened: { close(): Promise<void> }[] = [];
let namespace = "";
let store: StateStore;

beforeEach(async () => {
  namespace = `${prefix}-${testPrefix()}`;
  store = await openStateStore(url, namespace, "test");
});
afterEach(async () => {
  for (const each of opened.splice(0).toReversed()) await each.close();
  await store.close();
});
afterAll(() => cleanPrefix(url, prefix));

interface Written {
  readonly end?: string;
  readonly codeVersion?: string;
  readonly timezone?: string;
  readonly more?: boolean;
}

function projectOf({ end = "2024-01-05", codeVersion = "1", timezone, more }: Written): Project {
  const materialize = () => {};
  const zone = timezone === undefined ? {} : { timezone };
  const days = asset({
    name: "days",
    partitions: daily({ start: "2024-01-01", end, ...zone }),
    codeVersion,
    materialize,
  });
  const other = asset({ name: "other", materialize });
  return project({ namespace, assets: more === true ? [days, other] : [days] });
}

async function client(written: Written): Promise<InfillClient> {
  const made = await connect(projectOf(written), { redisUrl: url });
  opened.push(made);
  return made;
}

/** @returns its log */
async function planner(written: Written): Promise<string[]> {
  const logged: string[] = [];
  const note = (message: string) => void logged.push(message);
  const log = { info: note, warn: note, error: note, debug: note };
  opened.push(await startPlanner({ project: projectOf(written), redisUrl: url, log, tickMs: 100 }));
  return logged;
}

test("a planner with an older project leaves a backfill alone and logs it once, and a newer one plans it", async () => {
  const old = await planner({});
  const submitter = await client({ end: "2024-01-08", more: true });
  const { id = "" } = await submitter.backfills.create({ assets: "days" });
  const newer = /planned with a newer project/;
  await eventually(async () => old.some((line) => newer.test(line)));
  expect((await submitter.backfills.get(id)).counts).toMatchObject({ selected: 7, failed: 0 });
  const fresh = await planner({ end: "2024-01-08", more: true });
  await eventually(async () => fresh.includes("planning a backfill"));
  await eventually(async () => (await submitter.backfills.get(id)).counts.queued > 0);
  expect((await submitter.backfills.get(id)).counts.failed).toBe(0);
  expect(old.filter((line) => newer.test(line))).toHaveLength(1);
});

test("a planner leaves a backfill that a newer project extends while it plans it, and ends one that is canceled", async () => {
  const old = await planner({});
  const submitter = await client({});
  const { id = "" } = await submitter.backfills.create({
    assets: "days",
    partitions: "2024-01-01",
  });
  await eventually(async () => (await submitter.backfills.get(id)).counts.queued === 1);
  const newer = await client({ codeVersion: "2" });
  await newer.backfills.change(id, { add: "2024-01-02" });
  await eventually(async () =>
    old.includes("leaving a backfill to a planner with a newer project"),
  );
  const detail = await newer.backfills.get(id);
  expect(detail.counts).toMatchObject({ selected: 2, queued: 1 });
  expect(detail.attention.map(({ code }) => code)).toContain("NO_PLANNER");
  await newer.backfills.cancel(id);
  await eventually(async () => (await newer.backfills.get(id)).status === "canceled");
});

test("a planner with the new project plans a backfill of the old one", async () => {
  const submitter = await client({});
  const { id = "" } = await submitter.backfills.create({ assets: "days" });
  await planner({ codeVersion: "2", more: true });
  await eventually(async () => (await submitter.backfills.get(id)).counts.queued === 4);
});

test("an asset that does not fit its state pauses its own backfills and no other", async () => {
  const submitter = await client({ more: true });
  const { id = "" } = await submitter.backfills.create({ assets: "days" });
  await store.redis.hset(store.keys.meta("days"), "fingerprint", "hourly in UTC");
  const { id: other = "" } = await submitter.backfills.create({ assets: "other" });
  await planner({ more: true });
  await eventually(async () => (await submitter.backfills.get(other)).counts.queued === 1);
  await eventually(async () => (await readBackfill(store, id)).status === "paused");
  expect((await readBackfill(store, id)).pause).toMatchObject({
    cause: "definition",
    reason: expect.stringMatching(/recorded as "hourly in UTC".*infill asset reset days/s),
  });
});
