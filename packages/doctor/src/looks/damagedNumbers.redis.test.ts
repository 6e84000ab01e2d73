import { connect, type InfillClient } from "@infill/client";
import { asset, project } from "@infill/core";
import { staticPartitions } from "@infill/partitions";
import { openStateStore, registerAsset, type StateStore } from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { runDoctor } from "../runDoctor.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
const sales = asset({
  name: "sales",
  partitions: staticPartitions(["us", "eu", "jp"]),
  codeVersion: "1",
  materialize: () => {},
});
let next = 1;
let store: StateStore;
let client: InfillClient;

beforeEach(async () => {
  const inside = project({ namespace: `${prefix}-${next++}`, assets: [sales] });
  store = await openStateStore(url, inside.namespace, "test");
  client = await connect(inside, { redisUrl: url });
  await registerAsset(store, sales);
});
afterEach(async () => {
  await client.close();
  await store.close();
});
afterAll(() => cleanPrefix(url, prefix));

async function foundAndLeft() {
  const { findings } = await runDoctor(client.connection, { fix: true, patienceMs: 0 });
  const left = await runDoctor(client.connection, { patienceMs: 0 });
  return { findings, left: left.findings.map(({ check, repair }) => [check, repair]) };
}

test.each(["12345678901", "18446744073709551616"])(
  "a number of too many digits, %s, is refused by name and restored",
  async (number) => {
    const { redis, keys } = store;
    await redis.hset(keys.codeVersions("sales"), "1", number);
    await expect(registerAsset(store, sales)).rejects.toMatchObject({
      code: "INFILL_STATE_UNREADABLE",
    });
    expect((await foundAndLeft()).left).toEqual([]);
    expect(await redis.hget(keys.codeVersions("sales"), "1")).toBe("1");
  },
);

test("two static keys with one number are named, with the numbers that they can have", async () => {
  const { redis, keys } = store;
  await redis.hset(keys.registry("sales", ""), "eu", "2");
  const { findings, left } = await foundAndLeft();
  expect(findings).toMatchObject([
    {
      problem: expect.stringContaining("no number of its own for eu, jp"),
      remedy: expect.stringContaining("Give each one of 1, 2 "),
    },
  ]);
  expect(left).toEqual([["entry_unreadable", "by_hand"]]);
});
