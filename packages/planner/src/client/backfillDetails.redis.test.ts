import { asset, project } from "@infill/core";
import { dynamicPartitions, integerRange } from "@infill/partitions";
import { openStateStore, settleUnstarted, type StateStore } from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { InfillClient } from "./client.ts";
import { connect } from "./connect.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
const materialize = () => {};
const regions = dynamicPartitions({ name: "regions" });
const assets = [
  asset({ name: "raw", partitions: regions, materialize }),
  asset({ name: "other", partitions: regions, pool: "other", materialize }),
];
let client: InfillClient;
let store: StateStore;

beforeAll(async () => {
  client = await connect(project({ namespace: prefix, assets }), { redisUrl: url });
  store = await openStateStore(url, prefix, "test");
  await client.addDynamicPartitions("regions", ["us", "eu"]);
});
afterAll(async () => {
  await store.close();
  await client.close();
  await cleanPrefix(url, prefix);
});

async function created(assetNames: string): Promise<string> {
  const { id } = await client.createBackfill({ assets: assetNames, reprocess: "all", window: 40 });
  if (id === undefined) throw new Error("nothing was to run");
  return id;
}

test("the window that is shown is the one that was set last, shared among the pools", async () => {
  const id = await created("*");
  expect((await client.getBackfill(id)).window).toBe(40);
  await client.changeBackfill(id, { window: 10 });
  expect((await client.getBackfill(id)).window).toBe(10);
  await client.changeBackfill(id, { window: null });
  expect((await client.getBackfill(id)).window).toBe(2 * 256);
});

test("a partition that failed without a start has attempt 0, wherever it is shown", async () => {
  const id = await created("raw");
  const why = { outcome: "failed", reason: "PARTITION_GONE" } as const;
  const doomed = { lane: "", ordinals: integerRange(0, 1) };
  expect(await settleUnstarted(store, "raw", id, doomed, why)).toBe(1);
  const { failures } = await client.getBackfill(id);
  const { groups } = await client.listFailures(id);
  expect(failures.map(({ key, attempt }) => [key, attempt])).toEqual([["us", 0]]);
  expect(groups.map(({ example: { key, attempt } }) => [key, attempt])).toEqual([["us", 0]]);
});
