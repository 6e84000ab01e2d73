import { asset, newBackfillId, project } from "@infill/core";
import { daily } from "@infill/partitions";
import {
  createBackfillRecord,
  openStateStore,
  setBackfillStatus,
  type StateStore,
  wronglyListed,
} from "@infill/state";
import { type RedisServer, startRedis } from "@infill/test-support";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { ListedBackfill } from "./backfillAnswers.ts";
import type { InfillClient } from "../infillClient.ts";
import { connect } from "../connect.ts";
import type { Page } from "../shared/page.ts";

/** A server of its own: one test counts the server's commands. */
let server: RedisServer;
let client: InfillClient;
let store: StateStore;

beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

beforeEach(async () => {
  const days = asset({
    name: "days",
    partitions: daily({ start: "2024-01-01", end: "2024-01-11" }),
    materialize() {},
  });
  client = await connect(project({ namespace: "lists", assets: [days] }), { redisUrl: server.url });
  store = await openStateStore(server.url, "lists", "test");
});
afterEach(async () => {
  await store.redis.flushall();
  await store.close();
  await client.close();
});

/** Creates backfills without partitions. @returns their ids, newest first */
async function create(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index++) {
    const id = newBackfillId(index);
    const request = { assets: "days" };
    const header = { version: 1, request, assets: ["days"], plannedMs: 0 };
    await createBackfillRecord(store, id, header as never);
    ids.push(id);
  }
  // Backfills of one millisecond are sorted by their ids.
  const index = await store.redis.zrevrange(store.keys.backfillIndex, 0, -1);
  expect(index.toSorted()).toEqual(ids.toSorted());
  return index;
}

const end = (id: string) => setBackfillStatus(store, id, { to: "succeeded", from: ["running"] });
const idsOf = ({ items }: Page<ListedBackfill>) => items.map(({ id }) => id);

/** Reads page by page; calls `between` after the first one. */
async function readAll(
  options: { readonly limit: number; readonly status?: "running" },
  between: (first: Page<ListedBackfill>) => Promise<unknown>,
): Promise<string[]> {
  let page = await client.backfills.list(options);
  const seen = idsOf(page);
  await between(page);
  while (page.nextCursor !== undefined) {
    page = await client.backfills.list({ ...options, cursor: page.nextCursor });
    seen.push(...idsOf(page));
  }
  return seen;
}

test("continues after a backfill that was deleted since it was listed", async () => {
  const ids = await create(7);
  for (const id of ids) await end(id);
  const seen = await readAll({ limit: 3 }, () => client.backfills.delete(ids[2] ?? ""));
  expect(seen).toEqual(ids);
});

test("leaves out backfills that are deleted before their page is read, with either kind of list", async () => {
  const ids = await create(7);
  for (const id of ids.slice(3, 6)) await end(id);
  const seen = await readAll({ limit: 2 }, async () => {
    for (const id of ids.slice(3, 6)) await client.backfills.delete(id);
  });
  expect(seen).toEqual([...ids.slice(0, 3), ...ids.slice(6)]);
});

test("a listing by status continues after a backfill that has left the status since", async () => {
  const ids = await create(7);
  const seen = await readAll({ limit: 3, status: "running" }, async () => {
    await end(ids[2] ?? "");
    await end(ids[4] ?? "");
  });
  expect(seen).toEqual([...ids.slice(0, 4), ...ids.slice(5)]);
});

test("shows nothing twice if a backfill leaves the status and gets it back while it is listed", async () => {
  const ids = await create(6);
  const again = ids[0] ?? "";
  const seen = await readAll({ limit: 2, status: "running" }, async () => {
    await end(again);
    await setBackfillStatus(store, again, { to: "running", from: ["succeeded"] });
  });
  expect(seen).toEqual(ids);
});

test("a page of a status reads no backfill of another status", async () => {
  const ids = await create(300);
  const [running = ""] = ids.slice(-1);
  for (const id of ids) if (id !== running) await end(id);
  await client.backfills.list({ status: "running" });
  const before = await commandsOf(store);
  expect(idsOf(await client.backfills.list({ status: "running" }))).toEqual([running]);
  expect((await commandsOf(store)) - before).toBeLessThan(40);
});

test("lists backfills of an older version, which had no lists by status", async () => {
  const ids = await create(600);
  for (const id of ids.slice(0, 400)) await end(id);
  await forgetLists();
  expect(await readAll({ limit: 70, status: "running" }, async () => {})).toEqual(ids.slice(400));
  const { redis, keys } = store;
  expect(await redis.zcard(keys.statusList("succeeded"))).toBe(400);
  expect(await redis.zcard(keys.endedBackfills)).toBe(400);
  expect(await wronglyListed(store, ids)).toEqual([]);
});

test("completes the lists after a process of an older version has created or deleted backfills", async () => {
  const ids = await create(4);
  const { redis, keys } = store;
  const [added = "", removed = ""] = ids;
  await redis.zrem(keys.statusList("running"), added);
  expect(idsOf(await client.backfills.list({ status: "running" }))).toEqual(ids);
  await redis.zrem(keys.backfillIndex, removed);
  await redis.del(keys.backfill(removed));
  await redis.srem(keys.activeBackfills, removed);
  expect(idsOf(await client.backfills.list({ status: "running" }))).toEqual([
    added,
    ...ids.slice(2),
  ]);
});

test("accepts the id of a backfill as a cursor, and refuses an invalid cursor", async () => {
  const ids = await create(3);
  expect(idsOf(await client.backfills.list({ cursor: ids[0] ?? "" }))).toEqual(ids.slice(1));
  for (const cursor of ["nope", newBackfillId(9), "12-bf_x"])
    await expect(client.backfills.list({ cursor })).rejects.toMatchObject({
      code: "INFILL_OPTIONS_INVALID",
    });
});

async function forgetLists(): Promise<void> {
  const { redis, keys } = store;
  await redis.del(
    keys.endedBackfills,
    ...(["running", "succeeded"] as const).map((status) => keys.statusList(status)),
  );
}

/** Commands that the server has processed, without this one. */
async function commandsOf({ redis }: StateStore): Promise<number> {
  const [, count] = /total_commands_processed:(\d+)/.exec(await redis.info("stats")) ?? [];
  return Number(count);
}
