import { asset, project } from "@infill/core";
import { daily, requirePartition, staticPartitions } from "@infill/partitions";
import { openStateStore, registerProject, type StateStore } from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { InfillClient } from "../infillClient.ts";
import { connect } from "../connect.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
const raw = asset({
  name: "raw",
  partitions: daily({ start: "2024-01-01", end: "2024-01-11" }),
  materialize: () => {},
});
const definition = project({ namespace: prefix, assets: [raw] });
/** What a date shows for an unknown instant. */
const unknown = "1970-01-01T00:00:00.000Z";
let client: InfillClient;
let store: StateStore;
let id: string;

beforeAll(async () => {
  client = await connect(definition, { redisUrl: url, now: () => Date.UTC(2024, 5, 1) });
  store = await openStateStore(url, prefix, "test");
  await client.partitions.mark("raw", { partitions: "2024-01-01" });
  ({ id = "" } = await client.backfills.create({ assets: "raw", reprocess: "all" }));
});
afterAll(async () => {
  await store.close();
  await client.close();
  await cleanPrefix(url, prefix);
});

test("the log of a backfill shows an entry with an impossible time as unreadable", async () => {
  const entry = { v: 1, n: 2, atMs: 1e300, what: "paused", actor: "", reason: "" };
  await store.redis.rpush(store.keys.backfillLog(id), JSON.stringify(entry));
  const { items } = await client.backfills.listEvents(id);
  expect(items.map(({ what, at }) => [what, at === unknown])).toEqual([
    ["created", false],
    ["unreadable", true],
  ]);
});

test("a round of pruning with an impossible time is left out", async () => {
  const round = { actor: "", reason: "", backfills: 1, firstFinishedMs: 1, lastFinishedMs: 2 };
  for (const lastFinishedMs of [-1e300, 2])
    await store.redis.xadd(
      store.keys.prunes,
      "*",
      "round",
      JSON.stringify({ ...round, lastFinishedMs }),
    );
  expect(await client.backfills.listPrunes()).toHaveLength(1);
});

test("a backfill that was set aside at an impossible time is still named as set aside", async () => {
  const gone = `${id.slice(0, -1)}${id.endsWith("0") ? "1" : "0"}`;
  const note = { field: "header", reason: "is no JSON", atMs: 1e300 };
  await store.redis.hset(store.keys.setAsideBackfills, gone, JSON.stringify(note));
  await expect(client.backfills.get(gone)).rejects.toMatchObject({
    code: "INFILL_BACKFILL_UNREADABLE",
  });
});

test.each(["inf", "-inf", "1e300"])("a delivery that is due at %s is listed", async (score) => {
  await store.redis.zadd(store.keys.deliveries, score, `${id}-1`);
  expect((await client.deliveries.list()).map(({ at }) => at)).toEqual([unknown]);
});

test("an attempt with an impossible time is left out of a partition's history", async () => {
  const registered = (await registerProject(store, definition)).get("raw");
  const place = requirePartition(raw.partitions, "2024-01-01", { nowMs: Date.UTC(2024, 5, 1) });
  const { lane, ordinal } = registered?.ordinals.addressOf(place) ?? { lane: "", ordinal: 0 };
  const page = Math.floor(ordinal / 128);
  const lines = ["f 99999999999999999999 1 1 1 - Error: old", "f 1700000000000 1 1 1 - Error: new"];
  const key = store.keys.attempts("raw", lane, page);
  await store.redis.hset(key, String(ordinal - page * 128), lines.join("\n"));
  const { attempts } = await client.partitions.get("raw", "2024-01-01");
  expect(attempts?.map(({ error }) => error)).toContain("Error: new");
  expect(attempts?.map(({ error }) => error)).not.toContain("Error: old");
});

test("changes by hand whose stream has an impossible time are listed", async () => {
  const key = store.keys.audit("raw");
  const [[, fields] = ["", []]] = await store.redis.xrange(key, "-", "+", "COUNT", 1);
  await store.redis.xadd(key, "18446744073709551000-1", ...fields);
  const { items } = await client.partitions.listChanges("raw");
  expect(items.map(({ at }) => at)).toContain(unknown);
});

test("a static key with an ordinal of more than 9 digits is refused, because it would meet another one", async () => {
  const shops = asset({
    name: "shops",
    partitions: staticPartitions(["a", "b"]),
    materialize: () => {},
  });
  const inside = project({ namespace: prefix, assets: [shops] });
  await registerProject(store, inside);
  const [registry = ""] = await store.redis.keys(`${store.keys.root("shops")}:registry:*`);
  // As a 32-bit integer it is 0, the ordinal of "a".
  await store.redis.hset(registry, "b", String(2 ** 32));
  await expect(registerProject(store, inside)).rejects.toMatchObject({
    code: "INFILL_STATE_UNREADABLE",
  });
});
