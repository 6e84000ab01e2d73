import {
  assetDetailSchema,
  assetStatePreviewSchema,
  assetStateSchema,
  assetSummarySchema,
  backfillDetailSchema,
  backfillEventSchema,
  backfillFailuresSchema,
  backfillPreviewSchema,
  changedBackfillSchema,
  changedDynamicPartitionsSchema,
  changedPartitionsSchema,
  connect,
  createdBackfillSchema,
  dynamicChangeEventSchema,
  dynamicDefinitionSchema,
  dynamicPartitionSchema,
  gapReportSchema,
  type InfillClient,
  listedBackfillSchema,
  partitionChangeEventSchema,
  partitionDetailSchema,
  partitionSummarySchema,
  partitionWhySchema,
  plannerSummarySchema,
  poolSummarySchema,
  pruneEventSchema,
  prunedBackfillsSchema,
  retriedBackfillSchema,
  retryCountsSchema,
  statusCountsSchema,
  waitingSummarySchema,
  workerDetailSchema,
  workerSummarySchema,
} from "@infill/client";
import { asset, dep, project } from "@infill/core";
import { dynamicPartitions, multi, staticPartitions } from "@infill/partitions";
import {
  claimPartitions,
  recordPrune,
  registerProject,
  settlePartitions,
  type StateStore,
  writeWorker,
} from "@infill/state";
import { cleanPrefix, eventually, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { z } from "zod";
import type { RunningPlanner } from "./plannerOptions.ts";
import { startPlanner } from "./startPlanner.ts";

const url = redisUrlForTests();
const namespace = testPrefix();
const materialize = () => {};
const regions = dynamicPartitions({ name: "regions" });
const raw = asset({
  ...{ name: "raw", description: "what came in", tags: ["t"], codeVersion: "1", concurrency: 8 },
  ...{ partitions: staticPartitions(["a", "b", "c", "d"]), materialize },
});
const definition = project({
  namespace,
  pools: { default: { concurrency: 10 } },
  assets: [
    raw,
    asset({
      name: "sums",
      partitions: staticPartitions(["a", "b", "c", "d"]),
      deps: [dep(raw)],
      materialize,
    }),
    asset({
      ...{ name: "by", concurrencyPer: { region: 2 }, materialize },
      partitions: multi({ day: staticPartitions(["1", "2"]), region: regions }),
    }),
  ],
  onBackfillFinished() {
    throw new Error("the pager is down");
  },
});
let client: InfillClient;
let store: StateStore;
let planner: RunningPlanner;
let id = "";

/** Requires that a schema takes an answer as it is. */
function requireParsed(schema: z.ZodType, answers: readonly unknown[]): void {
  expect(answers.length).toBeGreaterThan(0);
  for (const answer of answers) expect(schema.parse(answer)).toEqual(answer);
}

beforeAll(async () => {
  client = await connect(definition, { redisUrl: url });
  ({ store } = client.connection);
  await client.dynamic.add("regions", ["us", "eu"], { actor: "ann", reason: "two markets" });
  planner = await startPlanner({ project: definition, redisUrl: url, tickMs: 100 });
  id = (await client.backfills.create({ assets: "raw", window: 10 })).id ?? "";
  await eventually(async () => (await client.backfills.get(id)).counts.queued === 4);
  await writeWorker(
    store,
    {
      ...{ id: "s", host: "h", pid: 7, version: "0.1.0", startedMs: 1_700_000_000_000 },
      ...{ pools: { default: 4 }, state: "running" },
    },
    60_000,
  );
  const known = (await registerProject(store, definition)).get("raw");
  if (known === undefined) throw new Error("the asset is missing");
  const places = [0, 1, 2].map((ordinal) => ({
    ...{ backfillId: id, lane: "", ordinal, claimNumber: ordinal },
  }));
  await claimPartitions(store, known, "s", 60_000, places);
  const error = {
    ...{ fingerprint: "f0123456789a", name: "HttpError", message: "503", innermost: 0 },
    causes: [{ name: "Error", message: "reset", depth: 1, via: "cause" }],
  };
  await settlePartitions(store, known, "s", [
    { ...placed(places, 0), outcome: "succeeded", attempt: 1, durationMs: 5, note: undefined },
    {
      ...placed(places, 1),
      outcome: "failed",
      attempt: 1,
      durationMs: 5,
      note: JSON.stringify(error),
    },
  ]);
  await eventually(async () => (await client.backfills.get(id)).counts.failed === 1);
});
afterAll(async () => {
  await planner.close();
  await client.close();
  await cleanPrefix(url, namespace);
});

function placed<T>(places: readonly T[], at: number): T {
  const place = places[at];
  if (place === undefined) throw new Error("no such place");
  return place;
}

test("details and lists of backfills, running, paused and ended, parse by their schemas", async () => {
  const running = await client.backfills.get(id);
  expect(running).toMatchObject({ running: [{ key: "c" }], failures: [{ key: "b" }] });
  expect(running.failureGroups).toHaveLength(1);
  const paused = await client.backfills.pause(id, { reason: "noon", forMs: 3_600_000 });
  expect(paused.pause?.until).toBeDefined();
  requireParsed(backfillDetailSchema, [running, paused]);
  requireParsed(retryCountsSchema, [await client.backfills.previewRetry(id)]);
  requireParsed(prunedBackfillsSchema, [await client.backfills.prune({ dryRun: true })]);
  const events = await client.backfills.listEvents(id);
  expect(events.items.some(({ before }) => before !== undefined)).toBe(true);
  requireParsed(backfillEventSchema, events.items);

  const broken = (await client.backfills.create({ assets: "sums", reprocess: "all" })).id ?? "";
  await store.redis.hset(store.keys.backfill(broken), "settings", "{");
  const { items } = await client.backfills.list();
  expect(items.map(({ status }) => status)).toEqual(["unreadable", "paused"]);
  requireParsed(listedBackfillSchema, items);
  await client.backfills.delete(broken, { force: true });
});

test("previews, submissions, changes and failures parse by their schemas", async () => {
  const { backfills } = client;
  const previews = [
    await backfills.preview({ assets: "*" }),
    await backfills.preview({ assets: "raw", partitions: "b,c", reprocess: "all" }),
    await backfills.preview({ assets: "raw", partitions: "a", propagate: false, reprocess: "all" }),
  ];
  expect(previews.map(({ duration }) => duration?.isKnown)).toEqual([false, true, true]);
  expect(previews[1]?.assets[0]?.shared?.backfills).toHaveLength(1);
  requireParsed(backfillPreviewSchema, previews);
  const nothing = await backfills.create({ assets: "raw", partitions: "a" });
  expect(nothing.id).toBeUndefined();
  const made = await backfills.create({ assets: "by", reason: "to change it" });
  requireParsed(createdBackfillSchema, [nothing, made]);

  const tried = await backfills.change(made.id ?? "", { drop: "day=1" }, { dryRun: true });
  expect(tried.sets?.dropped).toHaveLength(1);
  requireParsed(changedBackfillSchema, [
    tried,
    await backfills.change(made.id ?? "", { weight: 3, budget: { failures: 5 } }),
  ]);
  const failures = await backfills.listFailures(id);
  expect(failures.groups[0]?.example.causes).toHaveLength(1);
  requireParsed(backfillFailuresSchema, [failures]);
  await backfills.cancel(made.id ?? "");
  await eventually(async () => (await backfills.get(made.id ?? "")).status === "canceled");
  requireParsed(retriedBackfillSchema, [await backfills.retry(made.id ?? "", { only: "failed" })]);
  const [firstFinishedMs, lastFinishedMs] = [1_700_000_000_000, 1_700_000_001_000];
  const round = { actor: "ann", reason: "", backfills: 2, firstFinishedMs, lastFinishedMs };
  await recordPrune(store, round);
  requireParsed(pruneEventSchema, await backfills.listPrunes());
});

test("rows and details of partitions parse by their schemas", async () => {
  const { items } = await client.partitions.list("raw");
  expect(items.map(({ status }) => status)).toEqual([
    "materialized",
    "failed",
    "in_progress",
    "missing",
  ]);
  requireParsed(partitionSummarySchema, items);
  const details = await Promise.all(items.map(({ key }) => client.partitions.get("raw", key)));
  const { explain } = client.partitions;
  expect(details[1]?.error?.causes).toHaveLength(1);
  expect(details[2]?.claim).toBeDefined();
  requireParsed(partitionDetailSchema, [...details, await client.partitions.get("sums", "a")]);
  requireParsed(statusCountsSchema, [await client.partitions.count("raw")]);
  const whys = [
    ...(await Promise.all(items.map(({ key }) => explain("raw", key)))),
    await explain("sums", "b"),
    await explain("raw", "none"),
  ];
  expect(whys.map(({ status }) => status)).toEqual([
    ...["materialized", "failed", "in_progress", "missing", "missing", "absent"],
  ]);
  expect(whys[4]?.upstream).toHaveLength(1);
  requireParsed(partitionWhySchema, whys);
  const by = { partitions: "d", actor: "ann", reason: "by hand" };
  requireParsed(changedPartitionsSchema, [
    await client.partitions.mark("sums", by),
    await client.partitions.wipe("sums", by),
  ]);
  requireParsed(partitionChangeEventSchema, (await client.partitions.listChanges("sums")).items);
});

test("rows and details of assets, pools and dynamic definitions parse by their schemas", async () => {
  requireParsed(assetSummarySchema, await client.assets.list());
  const names = ["raw", "sums", "by"];
  const details = await Promise.all(names.map((name) => client.assets.get(name)));
  expect(details[0]?.concurrency?.cap).toBe(8);
  expect(details[2]?.concurrencyPer).toHaveLength(1);
  requireParsed(assetDetailSchema, details);
  requireParsed(gapReportSchema, [await client.assets.findGaps()]);
  requireParsed(assetStatePreviewSchema, [await client.assets.previewState("raw")]);
  requireParsed(poolSummarySchema, await client.pools.list());
  requireParsed(dynamicDefinitionSchema, await client.dynamic.listDefinitions());
  requireParsed(dynamicPartitionSchema, (await client.dynamic.list("regions")).items);
  requireParsed(changedDynamicPartitionsSchema, [
    await client.dynamic.remove("regions", ["us", "none"], { dryRun: true }),
  ]);
  requireParsed(dynamicChangeEventSchema, (await client.dynamic.listChanges("regions")).items);
});

test("rows of workers, planners and deliveries parse by their schemas", async () => {
  requireParsed(workerSummarySchema, await client.workers.list());
  const worker = await client.workers.get("s");
  expect(worker.partitions).toMatchObject([{ key: "c" }]);
  requireParsed(workerDetailSchema, [worker]);
  requireParsed(plannerSummarySchema, await client.planners.list());
  const ended = (await client.backfills.create({ assets: "by" })).id ?? "";
  await client.backfills.cancel(ended);
  await eventually(async () =>
    (await client.deliveries.list()).some(({ error }) => error.includes("the pager is down")),
  );
  requireParsed(waitingSummarySchema, await client.deliveries.list());
  requireParsed(assetStateSchema, [await client.assets.reset("sums")]);
});
