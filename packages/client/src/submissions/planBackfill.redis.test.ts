import { asset, dep, project } from "@infill/core";
import { daily, hourly, multi, staticPartitions, timeWindowMapping } from "@infill/partitions";
import { openStateStore } from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { InfillClient } from "../infillClient.ts";
import { connect } from "../connect.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
const materialize = () => {};
const days = daily({ start: "2024-01-01", end: "2024-01-11" });
const raw = asset({ name: "raw", partitions: days, materialize });
const regional = asset({
  name: "regional",
  partitions: multi({ date: days, region: staticPartitions(["us", "eu"]) }),
  deps: [raw],
  materialize,
});
const late = asset({
  name: "late",
  partitions: daily({ start: "2024-01-05", end: "2024-01-11" }),
  materialize,
});
const needsEarlier = asset({
  name: "needs_earlier",
  partitions: days,
  deps: [dep(late, { mapping: timeWindowMapping() })],
  materialize,
});
const hours = asset({ name: "hours", partitions: hourly({ start: "1900-01-01" }), materialize });
let client: InfillClient;

beforeAll(async () => {
  const assets = [raw, regional, late, needsEarlier, hours];
  client = await connect(project({ namespace: prefix, assets }), {
    redisUrl: url,
    now: () => Date.UTC(2024, 5, 1),
  });
  // The state of five days: three materialized (one of these failed again since), one failed and
  // never materialized, one missing.
  const store = await openStateStore(url, prefix, "test");
  const first = Math.floor(Date.UTC(2024, 0, 1) / 86_400_000);
  for (const day of [0, 1, 2])
    await store.redis.setbit(store.keys.plane("raw", "", "materialized", 0), first + day, 1);
  for (const day of [2, 3])
    await store.redis.setbit(store.keys.plane("raw", "", "failed", 0), first + day, 1);
  await store.close();
});
afterAll(async () => {
  await client.close();
  await cleanPrefix(url, prefix);
});

const counts = async (request: Parameters<InfillClient["backfills"]["preview"]>[0]) => {
  const { assets } = await client.backfills.preview(request);
  return assets.map(({ asset, selected, upToDate, toRun }) => [asset, selected, upToDate, toRun]);
};

test("missing, failed and all each leave out what is up to date by their own rule", async () => {
  expect(await counts({ assets: "raw", reprocess: "missing" })).toEqual([["raw", 10, 4, 6]]);
  expect(await counts({ assets: "raw" })).toEqual([["raw", 10, 2, 8]]);
  expect(await counts({ assets: "raw", reprocess: "all" })).toEqual([["raw", 10, 0, 10]]);
});

test("the text selects partitions of the roots; the others follow by the mappings", async () => {
  expect(await counts({ assets: "raw+", partitions: "[2024-01-01...2024-01-04]" })).toEqual([
    ["raw", 4, 2, 2],
    ["regional", 8, 0, 8],
  ]);
  expect(await counts({ assets: "regional", partitions: "region=us; date=2024-01-02" })).toEqual([
    ["regional", 1, 0, 1],
  ]);
  expect(await counts({ assets: "raw", partitions: ":failed" })).toEqual([["raw", 2, 0, 2]]);
});

test("a plan warns of upstream partitions that are neither materialized nor in the request", async () => {
  const { warnings } = await client.backfills.preview({
    assets: "regional",
    partitions: "date=[2024-01-02...2024-01-05]",
  });
  expect(warnings[0]).toMatch(
    /"regional" reads "raw", of which 3 partitions, 2024-01-03 to 2024-01-05, are not materialized/,
  );
});

test("a partition that needs a nonexistent one is refused, and nothing is written", async () => {
  await expect(client.backfills.create({ assets: "needs_earlier" })).rejects.toMatchObject({
    code: "INFILL_UPSTREAM_NONEXISTENT",
    upstream: "late",
  });
  expect(await client.backfills.list()).toEqual({ items: [] });
});

test("a request with nothing to run creates no backfill", async () => {
  const { id, preview } = await client.backfills.create({
    assets: "raw",
    partitions: "2024-01-01",
  });
  expect(id).toBeUndefined();
  expect(preview.toRun).toBe(0);
});

test("a million partitions are planned without being listed", async () => {
  const request = { assets: "hours", partitions: "[1900-01-01-00:00...2014-01-29-15:00]" };
  expect(await counts(request)).toEqual([["hours", 1_000_000, 0, 1_000_000]]);
});

test("a plan by staleness looks at each edge of a chain a few times, however long the chain is", async () => {
  const count = 300;
  const namespace = testPrefix();
  const chain = project({
    namespace,
    assets: Array.from({ length: count }, (_, at) =>
      asset({
        name: `a${at}`,
        partitions: days,
        deps: at > 0 ? [`a${at - 1}`] : [],
        materialize,
      }),
    ),
  });
  const asked = vi.spyOn(chain.graph, "upstreamEdges");
  const other = await connect(chain, { redisUrl: url });
  try {
    const { toRun } = await other.backfills.preview({ assets: "*", reprocess: "stale" });
    expect(toRun).toBe(10 * count);
    expect(asked.mock.calls.length).toBeLessThan(30 * count);
  } finally {
    await other.close();
    await cleanPrefix(url, namespace);
  }
});
