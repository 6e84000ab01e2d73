import { asset, project } from "@infill/core";
import { staticPartitions } from "@infill/partitions";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect } from "../connect.ts";
import type { InfillClient } from "../infillClient.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
const keys = ["a", "b", "c", "d"] as const;
const assets = [
  asset({ name: "letters", partitions: staticPartitions(keys), materialize: () => {} }),
];
let client: InfillClient;

beforeAll(async () => {
  client = await connect(project({ namespace: prefix, assets }), { redisUrl: url });
});
afterAll(async () => {
  await client.close();
  await cleanPrefix(url, prefix);
});

test.each([
  ["oldest", "c", "2 partitions of letters start before it (oldest first)."],
  ["newest", "c", "1 partition of letters starts before it (newest first)."],
  ["newest", "d", "0 partitions of letters start before it (newest first)."],
  ["spread", "a", "4 partitions of letters wait, in spread order."],
] as const)("in the order %s, counts what starts before %s", async (order, key, text) => {
  const { id = "" } = await client.backfills.create({ assets: "letters", order });
  const { reasons } = await client.partitions.explain("letters", key);
  expect(reasons.map((reason) => reason.text)).toContain(`${id} has not run it yet; ${text}`);
  await client.backfills.cancel(id);
});
