import { connect, type InfillClient } from "@infill/client";
import { asset, project } from "@infill/core";
import { staticPartitions } from "@infill/partitions";
import { openStateStore, type StateStore } from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { runDoctor } from "../runDoctor.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
/** Is no UTF-8, so its text is not what Redis holds. */
const bytes = Buffer.from([0, 1, 0xff, 0xc3, 0x28]);
let next = 1;
let store: StateStore;
let client: InfillClient;
let id: string;

beforeEach(async () => {
  const sales = asset({
    name: "sales",
    partitions: staticPartitions(["a", "b"]),
    codeVersion: "1",
    materialize: () => {},
  });
  const inside = project({ namespace: `${prefix}-${next++}`, assets: [sales] });
  store = await openStateStore(url, inside.namespace, "test");
  client = await connect(inside, { redisUrl: url });
  ({ id = "" } = await client.backfills.create({ assets: "sales" }));
});
afterEach(async () => {
  await client.close();
  await store.close();
});
afterAll(() => cleanPrefix(url, prefix));

type Damage = (store: StateStore, id: string) => Promise<unknown>;

const damages: Readonly<Record<string, Damage>> = {
  "a backfill's header": ({ redis, keys }) => redis.hset(keys.backfill(id), "header", bytes),
  "a backfill's versions": ({ redis, keys }) => redis.hset(keys.backfill(id), "versions", bytes),
  "an asset's list of ledgers": ({ redis, keys }) =>
    redis.hset(keys.assetBackfills("sales"), "2", bytes),
  "a field's name": ({ redis, keys }) => redis.hset(keys.assetBackfills("sales"), bytes, id),
  "the number of a code version": ({ redis, keys }) =>
    redis.hset(keys.codeVersions("sales"), "1", bytes),
  "a ledger's counter": ({ redis, keys }) =>
    redis.hset(keys.ledger("sales", id), "succeeded", bytes),
  "a member of a sorted set": ({ redis, keys }) => redis.zadd(keys.deliveries, 1, bytes),
  "an entry of a log": ({ redis, keys }) => redis.rpush(keys.backfillLog(id), bytes),
};

test.each(Object.keys(damages))("%s that is no UTF-8 is repaired or set aside", async (what) => {
  await damages[what]?.(store, id);
  const before = await runDoctor(client.connection, { patienceMs: 0 });
  expect(before.findings).not.toEqual([]);
  await runDoctor(client.connection, { fix: true, patienceMs: 0 });
  const { findings } = await runDoctor(client.connection, { patienceMs: 0 });
  expect(findings.map(({ check, problem }) => `${check}: ${problem}`)).toEqual([]);
});
