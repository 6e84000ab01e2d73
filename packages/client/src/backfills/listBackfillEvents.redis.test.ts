import { asset, project } from "@infill/core";
import { daily } from "@infill/partitions";
import {
  appendBackfillLog,
  openStateStore,
  setBackfillStatus,
  type StateStore,
} from "@infill/state";
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
let client: InfillClient;
let store: StateStore;

beforeAll(async () => {
  client = await connect(project({ namespace: prefix, assets: [raw] }), { redisUrl: url });
  store = await openStateStore(url, prefix, "test");
});
afterAll(async () => {
  await store.close();
  await client.close();
  await cleanPrefix(url, prefix);
});

async function created(): Promise<string> {
  const { id } = await client.backfills.create({
    assets: "raw",
    actor: "ann",
    reason: "new source",
  });
  if (id === undefined) throw new Error("nothing was to run");
  return id;
}

test("the log has actor, reason, values before and after, and Redis' time", async () => {
  const id = await created();
  await client.backfills.cancel(id, { actor: "bob", reason: "wrong source" });
  // Canceling a backfill that is being canceled changes and logs nothing.
  await client.backfills.cancel(id, { actor: "carl" });
  await setBackfillStatus(store, id, { to: "canceled", from: ["canceling"] });
  await client.backfills.retry(id, { actor: "dora", reason: "source repaired" });
  const { items } = await client.backfills.listEvents(id);
  expect(items.map((event) => ({ ...event, at: "" }))).toEqual([
    {
      number: 1,
      at: "",
      what: "created",
      actor: "ann",
      reason: "new source",
      after: { status: "running" },
    },
    {
      number: 2,
      at: "",
      what: "canceling",
      actor: "bob",
      reason: "wrong source",
      before: { status: "running" },
      after: { status: "canceling" },
    },
    {
      number: 3,
      at: "",
      what: "canceled",
      actor: "",
      reason: "",
      before: { status: "canceling" },
      after: { status: "canceled" },
    },
    {
      number: 4,
      at: "",
      what: "retried",
      actor: "dora",
      reason: "source repaired",
      before: { status: "canceled" },
      after: { status: "running" },
      details: { reopened: 10 },
    },
  ]);
  const [seconds] = await store.redis.time();
  for (const { at } of items) {
    expect(Date.parse(at)).toBeLessThanOrEqual((Number(seconds) + 1) * 1_000);
    expect(Date.parse(at)).toBeGreaterThan((Number(seconds) - 60) * 1_000);
  }
});

test("pages join to the newest 1,000 entries, and numbers continue after dropped ones", async () => {
  const id = await created();
  for (let value = 1; value <= 1_100; value++) {
    const change = { before: { priority: value - 1 }, after: { priority: value } };
    await appendBackfillLog(store, id, { what: "settings_changed", actor: "ann", ...change });
  }
  const numbers: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.backfills.listEvents(id, {
      limit: 300,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const { number, after } of page.items) {
      numbers.push(number);
      expect(after).toEqual({ priority: number - 1 });
    }
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  expect(numbers).toEqual(Array.from({ length: 1_000 }, (_, index) => 102 + index));
});

test("pages continue from their place if the entries behind the cursor are dropped between pages", async () => {
  const id = await created();
  for (let at = 0; at < 5; at++) await appendBackfillLog(store, id, { what: "paused" });
  const { nextCursor = "" } = await client.backfills.listEvents(id, { limit: 2 });
  await store.redis.ltrim(store.keys.backfillLog(id), 3, -1);
  const next = await client.backfills.listEvents(id, { cursor: nextCursor });
  expect(next.items.map(({ number }) => number)).toEqual([4, 5, 6]);
});

test("an unknown backfill has no log, and none is created", async () => {
  const id = "bf_01JD3K9V000000000000000000";
  expect(await appendBackfillLog(store, id, { what: "paused" })).toBe(false);
  await expect(client.backfills.listEvents(id)).rejects.toMatchObject({
    code: "INFILL_BACKFILL_UNKNOWN",
  });
  expect(await store.redis.exists(store.keys.backfillLog(id))).toBe(0);
  const known = await created();
  await expect(client.backfills.listEvents(known, { cursor: "x" })).rejects.toMatchObject({
    code: "INFILL_OPTIONS_INVALID",
  });
});
