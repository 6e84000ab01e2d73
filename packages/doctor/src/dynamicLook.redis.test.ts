import { runDoctor } from "./runDoctor.ts";
import { asset, project } from "@infill/core";
import { dynamicPartitions } from "@infill/partitions";
import { stateKeys } from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { connect, type InfillClient } from "@infill/client";

const url = redisUrlForTests();
const prefix = testPrefix();
const redis = new Redis(url);
const name = "shops {x}";
let client: InfillClient;
let keys: ReturnType<typeof stateKeys>;
let next = 1;

beforeEach(async () => {
  const namespace = `${prefix}-${next++}`;
  keys = stateKeys(namespace);
  const sold = asset({
    name: "sold",
    partitions: dynamicPartitions({ name }),
    materialize: () => {},
  });
  client = await connect(project({ namespace, assets: [sold] }), { redisUrl: url });
  await client.dynamic.add(name, ["a", "b", "c"]);
  await client.dynamic.remove(name, ["a"]);
  await client.dynamic.add(name, ["d", "a"]);
  await client.dynamic.remove(name, ["c"]);
});
afterEach(() => client.close());
afterAll(async () => {
  redis.disconnect();
  await cleanPrefix(url, prefix);
});

const listed = async (among: InfillClient) =>
  (await among.dynamic.list(name)).items.map(({ key }) => key);
const raw = () =>
  Promise.all([
    redis.hgetall(keys.dynamicOrdinals(name)),
    redis.lrange(keys.dynamicNames(name), 0, -1),
    redis.bitcount(keys.dynamicPresent(name)),
  ]);

test("correct keys that change meanwhile give no finding", async () => {
  expect((await runDoctor(client.connection, { patienceMs: 100 })).findings).toEqual([]);
  expect(await listed(client)).toEqual(["b", "d", "a"]);
});

test.each([
  ["a present bit", () => redis.setbit(keys.dynamicPresent(name), 2, 1)],
  ["all present bits", () => redis.del(keys.dynamicPresent(name))],
  ["the names", () => redis.del(keys.dynamicNames(name))],
  ["some names", () => redis.ltrim(keys.dynamicNames(name), 0, 1)],
  ["an ordinal", () => redis.hdel(keys.dynamicOrdinals(name), "b")],
  ["all ordinals", () => redis.del(keys.dynamicOrdinals(name))],
  ["another ordinal", () => redis.hset(keys.dynamicOrdinals(name), "b", "3")],
])("damaged %s are found and restored", async (_, vandalize) => {
  const before = await raw();
  await vandalize();
  const found = await runDoctor(client.connection, { patienceMs: 100 });
  expect(found.findings).toMatchObject([{ check: "dynamic_differs", severity: "violation" }]);
  await runDoctor(client.connection, { fix: true, patienceMs: 100 });
  expect(await raw()).toEqual(before);
  expect((await runDoctor(client.connection, { patienceMs: 100 })).findings).toEqual([]);
  expect(await listed(client)).toEqual(["b", "d", "a"]);
});

test("if the changes are lost, one change with the present keys replaces them", async () => {
  await redis.del(keys.dynamicChanges(name));
  const found = await runDoctor(client.connection, { patienceMs: 100 });
  expect(found.findings.map(({ check }) => check)).toEqual(["dynamic_differs"]);
  await runDoctor(client.connection, { fix: true, patienceMs: 100 });
  expect((await runDoctor(client.connection, { patienceMs: 100 })).findings).toEqual([]);
  // The order of additions is lost with the changes.
  expect(await listed(client)).toEqual(["a", "b", "d"]);
  const { items } = await client.dynamic.listChanges(name);
  expect(items).toMatchObject([{ what: "added", keys: 3, actor: "doctor" }]);
});
