import { asset, dep, project } from "@infill/core";
import {
  daily,
  multi,
  multiMapping,
  staticPartitions,
  timeWindowMapping,
  trailingWindows,
  weekly,
} from "@infill/partitions";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { InfillClient } from "../infillClient.ts";
import { connect } from "../connect.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
const materialize = () => {};
const year = { start: "2023-01-01", end: "2024-01-01" };
const days = daily(year);
const lag = timeWindowMapping({ startOffset: -1, endOffset: -1 });
const a = asset({ name: "a", partitions: days, materialize });
const b = asset({ name: "b", partitions: days, deps: [a], materialize });
const c = asset({
  name: "c",
  partitions: days,
  deps: [dep(b, { mapping: trailingWindows(7) })],
  materialize,
});
const weeks = asset({
  name: "weeks",
  partitions: weekly({ start: "2023-01-01", end: "2023-12-31" }),
  deps: [b],
  materialize,
});
/** A running balance over the 31 days of January. */
const balance = asset({
  name: "balance",
  partitions: daily({ start: "2024-01-01", end: "2024-02-01" }),
  deps: [dep("balance", { mapping: lag })],
  materialize,
});
const grid = multi({
  date: daily({ start: "2024-01-01", end: "2024-02-01" }),
  region: staticPartitions(["us", "eu"]),
});
/** The same with a lag of two days, by region. */
const regional = asset({
  name: "regional",
  partitions: grid,
  deps: [
    dep("regional", {
      mapping: multiMapping({
        date: { dimension: "date", mapping: timeWindowMapping({ startOffset: -2, endOffset: -2 }) },
        region: { dimension: "region" },
      }),
    }),
  ],
  materialize,
});
const summary = asset({
  name: "summary",
  partitions: daily({ start: "2024-01-01", end: "2024-02-01" }),
  deps: [balance],
  materialize,
});
const march = "[2023-03-01...2023-03-31]";
let client: InfillClient;
let made: InfillClient;

beforeAll(async () => {
  const assets = [a, b, c, weeks, balance, regional, summary];
  const options = { redisUrl: url, now: () => Date.UTC(2024, 5, 1) };
  client = await connect(project({ namespace: prefix, assets }), options);
  const namespace = `${prefix}made`;
  made = await connect(project({ namespace, assets }), options);
  for (const { name } of assets) await made.partitions.mark(name, { partitions: ":all" });
  await made.partitions.wipe("balance", { partitions: "2024-01-20" });
});
afterAll(async () => {
  await client.close();
  await made.close();
  await cleanPrefix(url, prefix);
});

type Request = Parameters<InfillClient["backfills"]["preview"]>[0];

async function planned(of: InfillClient, request: Request): Promise<Record<string, number>> {
  const { assets } = await of.backfills.preview(request);
  return Object.fromEntries(assets.map(({ asset: name, toRun }) => [name, toRun]));
}

/** The warnings of a preview about partitions. */
async function warningsOf(of: InfillClient, request: Request): Promise<readonly string[]> {
  const { warnings } = await of.backfills.preview(request);
  return warnings.filter((text) => !/^No (worker|planner) /.test(text));
}

test("the text selects partitions of the named asset, and + before it adds their upstream partitions", async () => {
  const request = { assets: "+c", partitions: march };
  expect(await planned(client, request)).toEqual({ a: 37, b: 37, c: 31 });
  expect(await warningsOf(client, request)).toEqual([]);
  expect(await planned(made, { ...request, reprocess: "all" })).toEqual({ a: 37, b: 37, c: 31 });
  expect(await planned(client, { assets: "1+c", partitions: march })).toEqual({ b: 37, c: 31 });
});

test("+ after the named asset adds the partitions downstream, and + on both sides adds both", async () => {
  expect(await planned(client, { assets: "b+", partitions: march })).toEqual({
    b: 31,
    c: 37,
    weeks: 5,
  });
  expect(await planned(client, { assets: "+b+", partitions: march })).toEqual({
    a: 31,
    b: 31,
    c: 37,
    weeks: 5,
  });
  expect(await planned(client, { assets: "b+,+c", partitions: march })).toEqual({
    a: 43,
    b: 43,
    c: 37,
    weeks: 5,
  });
});

test("each of several named assets gets the text, or one of its own", async () => {
  expect(await planned(client, { assets: "b,c", partitions: march })).toEqual({ b: 31, c: 31 });
  await expect(
    client.backfills.preview({ assets: "a,weeks", partitions: march }),
  ).rejects.toMatchObject({ code: "INFILL_PARTITION_TEXT_BINDING", asset: "weeks" });
  const partitionsOf = { weeks: "2023-03-05" };
  expect(await planned(client, { assets: "b,weeks", partitions: march, partitionsOf })).toEqual({
    b: 31,
    weeks: 1,
  });
  expect(await planned(client, { assets: "+weeks", partitionsOf })).toEqual({
    a: 7,
    b: 7,
    weeks: 1,
  });
  await expect(
    client.backfills.preview({ assets: "b", partitionsOf: { c: march } }),
  ).rejects.toThrow(
    'Invalid backfill request: partitionsOf: the asset selection "b" does not select "c"; add it there, or leave out its text.',
  );
  await expect(
    client.backfills.preview({ assets: "b", partitionsOf: { weekz: march } }),
  ).rejects.toThrow(/Unknown asset "weekz": did you mean "weeks"/);
});

test("a named asset that the text does not fit follows the named assets upstream of it", async () => {
  expect(await planned(client, { assets: "b,weeks", partitions: march })).toEqual({
    b: 31,
    weeks: 5,
  });
  await expect(
    client.backfills.preview({ assets: "b,weeks", partitions: "2023-13-01" }),
  ).rejects.toMatchObject({ code: "INFILL_PARTITION_TEXT_BINDING", asset: "b" });
});

test("with all assets, keys select partitions of those without upstream, and a status those of each", async () => {
  const everything = await planned(made, { assets: "*", partitions: ":missing" });
  expect(everything).toMatchObject({ a: 0, b: 0, c: 0, balance: 12, regional: 0, summary: 12 });
  const tagged = await client.backfills.preview({ assets: "a,b,c,weeks", reprocess: "all" });
  expect(tagged.toRun).toBe(3 * 365 + 52);
});

test("rerunning a partition of a self-dependent asset runs the materialized ones that rest on it", async () => {
  const request = { assets: "balance", partitions: "2024-01-10", reprocess: "all" as const };
  expect(await planned(client, request)).toEqual({ balance: 1 });
  // Day 20 is missing, so nothing after it rests on day 10.
  expect(await planned(made, request)).toEqual({ balance: 10 });
  await made.partitions.mark("balance", { partitions: "2024-01-20" });
  expect(await planned(made, request)).toEqual({ balance: 22 });
  expect(await planned(made, { ...request, assets: "balance+" })).toEqual({
    balance: 22,
    summary: 22,
  });
  const odd = { ...request, assets: "regional", partitions: "2024-01-10|us" };
  const { assets } = await made.backfills.preview(odd);
  expect(assets[0]).toMatchObject({
    toRun: 11,
    ranges: { count: 11 },
    // Not as eleven ranges of keys.
    text: expect.stringMatching(/^date=2024-01-10, 2024-01-12, .*2024-01-30; region=us$/),
  });
  expect(
    await planned(made, { assets: "+balance", partitions: "2024-01-10", reprocess: "all" }),
  ).toEqual({ balance: 31 });
});

test("a request without propagation stops at the named assets, and reports partitions that keep old input", async () => {
  const request = { assets: "balance", partitions: "2024-01-10", propagate: false };
  const preview = await made.backfills.preview({ ...request, reprocess: "all" });
  expect(preview.toRun).toBe(1);
  expect(preview.oldInput).toMatchObject([
    { asset: "balance", keys: 21, firstKey: "2024-01-11", lastKey: "2024-01-31" },
    { asset: "summary", keys: 22, firstKey: "2024-01-10" },
  ]);
  expect(preview.warnings.join(" ")).toContain(
    '"balance" rests on partitions that run, but 21 partitions, 2024-01-11 to 2024-01-31, do not run',
  );
  const named = { assets: "+c", partitions: march, reprocess: "all" as const };
  const { oldInput } = await made.backfills.preview(named);
  expect(oldInput).toMatchObject([{ asset: "c", keys: 12, ranges: { count: 2 } }]);
});

test("a warning advises what would help in this plan, and writes sets as ranges", async () => {
  const named = { assets: "c", partitions: "2023-03-01, 2023-05-01", reprocess: "all" as const };
  expect(await warningsOf(client, named)).toEqual([
    '"c" reads "b", of which 14 partitions in 2 ranges: 2023-02-23 to 2023-03-01, 2023-04-25 to 2023-05-01, ' +
      'are not materialized and not in this backfill. Select "+c" to run them first.',
  ]);
  expect(await warningsOf(client, { ...named, assets: "+c" })).toEqual([]);
  const added = await warningsOf(client, { assets: "b+,+b", partitions: "2023-03-05" });
  expect(added).toHaveLength(2);
  expect(added[0]).toContain('Run "+c" in a backfill of its own to make them first.');
  const self = { assets: "balance", partitions: "2024-01-10" };
  expect(await warningsOf(client, self)).toEqual([
    '"balance" reads itself, of which partition 2024-01-09 is not materialized and not in this backfill. ' +
      'Select "+balance" to run it first.',
  ]);
  expect(await warningsOf(client, { ...self, assets: "+balance" })).toEqual([]);
});
