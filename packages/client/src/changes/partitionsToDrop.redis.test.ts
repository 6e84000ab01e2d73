import { asset, dep, project } from "@infill/core";
import {
  daily,
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
const days = daily({ start: "2024-03-01", end: "2024-03-11" });
const raw = asset({ name: "raw", tags: ["all"], partitions: days, materialize });
const clean = asset({ name: "clean", tags: ["all"], partitions: days, deps: [raw], materialize });
/** Reads three days of `clean`. */
const trend = asset({
  name: "trend",
  partitions: days,
  deps: [dep(clean, { mapping: trailingWindows(3) })],
  materialize,
});
const weeks = asset({
  name: "weeks",
  partitions: weekly({ start: "2024-03-03", end: "2024-03-10" }),
  deps: [raw],
  materialize,
});
const balance = asset({
  name: "balance",
  partitions: days,
  deps: [dep("balance", { mapping: timeWindowMapping({ startOffset: -1, endOffset: -1 }) })],
  materialize,
});
const regions = asset({ name: "regions", partitions: staticPartitions(["us", "eu"]), materialize });
let client: InfillClient;

beforeAll(async () => {
  client = await connect(
    project({ namespace: prefix, assets: [raw, clean, trend, weeks, balance, regions] }),
    { redisUrl: url, now: () => Date.UTC(2024, 5, 1) },
  );
});
afterAll(async () => {
  await client.close();
  await cleanPrefix(url, prefix);
});

/** A new backfill. */
async function created(request: Parameters<InfillClient["backfills"]["create"]>[0]) {
  const { id } = await client.backfills.create({ reprocess: "all", ...request });
  if (id === undefined) throw new Error("nothing was to run");
  return id;
}

/** The days of March, or keys, that a change adds and drops, by asset; then makes the change. */
async function changed(id: string, change: { readonly add?: string; readonly drop?: string }) {
  const { sets } = await client.backfills.change(id, change, { dryRun: true });
  const made = await client.backfills.change(id, change);
  const lists = [sets?.added ?? [], sets?.dropped ?? []].map((spans) =>
    Object.fromEntries(
      spans.map(({ asset: name, ranges }) => [
        name,
        ranges?.first.map(([first, last]) => (first === last ? first : `${first}...${last}`)),
      ]),
    ),
  );
  const counts = [sets?.added ?? [], sets?.dropped ?? []].map((spans) =>
    spans.reduce((sum, { keys }) => sum + keys, 0),
  );
  expect(counts).toEqual([made.added, made.dropped]);
  return { added: lists[0], dropped: lists[1] };
}

test("a drop applies to each named asset, also where the upstream asset runs nothing of it", async () => {
  await client.partitions.mark("raw", { partitions: "[2024-03-01...2024-03-05]" });
  const id = await created({ assets: "raw,clean", reprocess: "missing" });
  expect((await client.backfills.get(id)).counts.selected).toBe(5 + 10);
  expect(await changed(id, { drop: "2024-03-02, 2024-03-07" })).toEqual({
    added: {},
    dropped: {
      raw: ["2024-03-07"],
      clean: ["2024-03-02", "2024-03-07"],
    },
  });
  await client.partitions.wipe("raw", { partitions: ":all" });
});

test("a drop from +asset applies to that asset, and to upstream partitions that nothing else needs", async () => {
  const id = await created({ assets: "+trend", partitions: "[2024-03-05...2024-03-08]" });
  // The sixth still reads the fourth, fifth and sixth.
  expect((await changed(id, { drop: "2024-03-05" })).dropped).toEqual({
    raw: ["2024-03-03"],
    clean: ["2024-03-03"],
    trend: ["2024-03-05"],
  });
  // The eighth still reads the sixth, so a drop in the middle frees nothing.
  expect((await changed(id, { drop: "2024-03-07" })).dropped).toEqual({ trend: ["2024-03-07"] });
  expect((await changed(id, { drop: "2024-03-06" })).dropped).toEqual({
    raw: ["2024-03-04...2024-03-05"],
    clean: ["2024-03-04...2024-03-05"],
    trend: ["2024-03-06"],
  });
  // Adding a day returns the partitions that it needs.
  expect((await changed(id, { add: "2024-03-06" })).added).toEqual({
    raw: ["2024-03-04...2024-03-05"],
    clean: ["2024-03-04...2024-03-05"],
    trend: ["2024-03-06"],
  });
});

test("a drop from asset+ takes everything downstream by the mappings", async () => {
  const id = await created({ assets: "raw+", partitions: "[2024-03-03...2024-03-10]" });
  expect((await changed(id, { drop: "2024-03-09" })).dropped).toEqual({
    raw: ["2024-03-09"],
    clean: ["2024-03-09"],
    trend: ["2024-03-09...2024-03-10"],
    weeks: ["2024-03-03"],
  });
});

test("a drop from a self-dependent asset takes the later partitions, and leaves the earlier ones", async () => {
  const id = await created({ assets: "+balance", partitions: "2024-03-06" });
  expect((await changed(id, { drop: "2024-03-05" })).dropped).toEqual({
    balance: ["2024-03-05...2024-03-06"],
  });
});

test("weeks follow the days that a change drops", async () => {
  const id = await created({ assets: "raw,weeks", partitions: "[2024-03-03...2024-03-10]" });
  expect((await changed(id, { drop: "[2024-03-09...2024-03-10]" })).dropped).toEqual({
    raw: ["2024-03-09...2024-03-10"],
    weeks: ["2024-03-03"],
  });
});

test("a change applies to the named assets that its text fits, and repeats no text of the request", async () => {
  const id = await created({
    assets: "raw,regions",
    partitions: "[2024-03-01...2024-03-02]",
    partitionsOf: { regions: "eu" },
  });
  expect((await changed(id, { drop: "eu" })).dropped).toEqual({ regions: ["eu"] });
  expect(await changed(id, { add: "2024-03-03", drop: "2024-03-01" })).toEqual({
    added: { raw: ["2024-03-03"] },
    dropped: { raw: ["2024-03-01"] },
  });
  for (const change of [{ drop: "asia" }, { add: "asia" }])
    await expect(client.backfills.change(id, change)).rejects.toMatchObject({
      code: "INFILL_PARTITION_KEY_UNKNOWN",
    });
});
