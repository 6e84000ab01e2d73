import { asset } from "@infill/core";
import { allPartitions, staticPartitions } from "@infill/partitions";
import { type RedisServer, startRedis } from "@infill/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openLedger, openStateStore, registerAsset, reservePartitions } from "../index.ts";

// A server into which nothing else loads scripts.
let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

test("a script that lost its order reports this, and executes all the same", async () => {
  const store = await openStateStore(server.url, "test", "test");
  const partitions = staticPartitions(["a", "b", "c", "d"]);
  const registered = await registerAsset(
    store,
    asset({ name: "ordered", partitions, materialize: () => {} }),
  );
  await openLedger(store, registered, "bf_A", allPartitions(partitions, { nowMs: 0 }));
  let late = 0;
  const reserve = async (ordinal: number) => {
    const swift = { connection: store.redis, onLate: () => void late++ };
    const pages = [{ lane: "", ordinals: [ordinal] }];
    const reserving = reservePartitions(store, "ordered", "bf_A", 4, pages, swift);
    const behind = store.redis.hget(store.keys.ledger("ordered", "bf_A"), "queued");
    return [await reserving, await behind] as const;
  };
  const [first, unseen] = await reserve(0);
  expect(first).toMatchObject({ kind: "reserved", queued: 1 });
  expect([late, unseen]).toEqual([1, "0"]);
  const [second, seen] = await reserve(1);
  expect(second).toMatchObject({ kind: "reserved", queued: 2 });
  expect([late, seen]).toEqual([1, "2"]);
  await store.close();
});
