import { expect, test } from "vitest";
import { scriptText } from "../index.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();
let next = 1;

const longMs = 7_200_000;
const leaseMs = 3_600_000;

/** A key with a text, and what is in it later: "<text>, <hours left>h". */
async function leaseOf(key: string, owner: string | undefined) {
  const { redis } = store;
  if (owner !== undefined) await redis.set(key, owner, "PX", longMs);
  return async () => {
    const [text, leftMs] = [await redis.get(key), await redis.pttl(key)];
    return text === null ? undefined : `${text}, ${Math.ceil(leftMs / leaseMs)}h`;
  };
}

test.each([
  { owner: undefined, ms: leaseMs, reply: ["leased"], left: "p1, 1h" },
  { owner: "p1", ms: leaseMs, reply: ["leased"], left: "p1, 1h" },
  { owner: "p2", ms: leaseMs, reply: ["owned", "p2"], left: "p2, 2h" },
  { owner: undefined, ms: 0, reply: ["released"], left: undefined },
  { owner: "p1", ms: 0, reply: ["released"], left: undefined },
  { owner: "p2", ms: 0, reply: ["released"], left: "p2, 2h" },
])(
  "lease_backfill: $reply for planner p1 and $ms ms, where the owner is $owner",
  async ({ owner, ms, reply, left }) => {
    const key = store.keys.backfillLease(`bf_${next++}`);
    const look = await leaseOf(key, owner);
    expect(await store.redis.eval(scriptText("lease_backfill"), 1, key, "p1", ms)).toEqual(reply);
    expect(await look()).toBe(left);
  },
);

test.each([
  { token: "t1", reply: "extended", left: "t1, 1h", stalled: ["j2"] },
  { token: "t2", reply: "lost", left: "t2, 2h", stalled: ["j1", "j2"] },
  { token: undefined, reply: "lost", left: undefined, stalled: ["j1", "j2"] },
])(
  "extend_job: $reply for token t1, where the lock has $token",
  async ({ token, reply, left, stalled }) => {
    const { redis, keys } = store;
    const pool = `pool${next++}`;
    const [lock, checked] = [keys.jobLock(pool, "j1"), keys.stalledJobs(pool)];
    const look = await leaseOf(lock, token);
    await redis.sadd(checked, "j1", "j2");
    const text = scriptText("extend_job");
    expect(await redis.eval(text, 2, lock, checked, "t1", leaseMs, "j1")).toEqual([reply]);
    expect(await look()).toBe(left);
    expect((await redis.smembers(checked)).toSorted()).toEqual(stalled);
  },
);
