import type { BackfillStatus } from "@infill/core";
import { expect, test } from "vitest";
import { setBackfillStatus } from "../index.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();
let next = 1;

/** A backfill with revision 5 and these fields. */
async function backfillWith(fields: Readonly<Record<string, string>>): Promise<string> {
  const id = `bf_${next++}`;
  await store.redis.hset(store.keys.backfill(id), { created: "1", revision: "5", ...fields });
  if (fields["status"] === "running") await store.redis.sadd(store.keys.activeBackfills, id);
  return id;
}

/** What a status change writes; `finished` is an instant or "". */
async function look(id: string) {
  const { keys, redis } = store;
  const header = await redis.hgetall(keys.backfill(id));
  const lists: string[] = [];
  for (const status of ["running", "paused", "succeeded", "canceled"] as const)
    if ((await redis.zscore(keys.statusList(status), id)) !== null) lists.push(status);
  return {
    status: header["status"],
    revision: header["revision"],
    pause: header["pause"],
    isFinished: header["finished"] !== undefined,
    isActive: (await redis.sismember(keys.activeBackfills, id)) === 1,
    isEnded: (await redis.zscore(keys.endedBackfills, id)) !== null,
    lists,
    log: (await redis.lrange(keys.backfillLog(id), 0, -1)).length,
    summary: await redis.hmget(keys.summary(id, 1), "summary", "status"),
    isDue: (await redis.zscore(keys.deliveries, `${id}-1`)) !== null,
  };
}

const noSummary = { summary: [null, null], isDue: false };

interface StatusRow {
  readonly before: Readonly<Record<string, string>>;
  readonly change: Omit<Parameters<typeof setBackfillStatus>[2], "from">;
  readonly from: readonly BackfillStatus[];
  readonly after: object;
}

const rows: readonly StatusRow[] = [
  {
    before: { status: "running" },
    change: { to: "paused", pause: { mode: "stop", reason: "r" } },
    from: ["running"],
    after: {
      status: "paused",
      pause: '{"mode":"stop","reason":"r"}',
      isFinished: false,
      isActive: true,
    },
  },
  {
    before: { status: "paused", pause: '{"mode":"stop","reason":"r"}' },
    change: { to: "running" },
    from: ["running", "paused"],
    after: { status: "running", pause: undefined, isFinished: false, isActive: true },
  },
  {
    before: { status: "running" },
    change: { to: "running", revision: 5 },
    from: ["running"],
    after: { status: "running", pause: undefined, isFinished: false, isActive: true },
  },
  {
    before: { status: "succeeded", finished: "7" },
    change: { to: "running" },
    from: ["succeeded"],
    after: { status: "running", pause: undefined, isFinished: false, isActive: true },
  },
  {
    before: { status: "running" },
    change: { to: "succeeded" },
    from: ["running"],
    after: { status: "succeeded", pause: undefined, isFinished: true, isActive: false },
  },
];

test.each(rows)("set_backfill_status: $before becomes $after", async (row) => {
  const id = await backfillWith(row.before);
  const answer = await setBackfillStatus(store, id, { ...row.change, from: row.from });
  expect(answer).toEqual({ changed: true, status: row.before["status"] });
  const { to } = row.change;
  const common = { revision: "6", lists: [to], isEnded: to === "succeeded", log: 1 };
  expect(await look(id)).toEqual({ ...row.after, ...common, ...noSummary });
});

test("set_backfill_status: a summary is kept under the next sequence, and its delivery is due", async () => {
  const id = await backfillWith({ status: "running" });
  const change = { to: "succeeded", from: ["running"], summary: '{"ok":1}' } as const;
  await setBackfillStatus(store, id, change);
  expect(await look(id)).toMatchObject({ summary: ['{"ok":1}', "succeeded"], isDue: true });
});

test.each([
  { from: ["paused"], revision: undefined },
  { from: ["running"], revision: 4 },
  { from: ["running"], revision: 6 },
] as const)(
  "set_backfill_status: from $from at revision $revision changes nothing",
  async (row) => {
    const id = await backfillWith({ status: "running" });
    const before = await look(id);
    const { from, revision } = row;
    const change = {
      to: "canceled",
      from,
      ...(revision === undefined ? {} : { revision }),
    } as const;
    expect(await setBackfillStatus(store, id, change)).toEqual({
      changed: false,
      status: "running",
    });
    expect(await look(id)).toEqual(before);
  },
);

const unknown: readonly Readonly<Record<string, string>>[] = [
  {},
  { status: "running", deleting: "1" },
];

test.each(unknown)("set_backfill_status: a backfill with %o is unknown", async (fields) => {
  const id = await backfillWith(fields);
  const before = await look(id);
  const change = { to: "canceled", from: ["running"] } as const;
  await expect(setBackfillStatus(store, id, change)).rejects.toMatchObject({
    code: "INFILL_BACKFILL_UNKNOWN",
  });
  expect(await look(id)).toEqual(before);
});
