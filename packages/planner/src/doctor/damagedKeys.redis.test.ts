import { asset, type Project, project } from "@infill/core";
import { daily, dynamicPartitions, multi, staticPartitions } from "@infill/partitions";
import {
  claimPartitions,
  isWrongType,
  openStateStore,
  registerAsset,
  reservePartitions,
  setBackfillStatus,
  settlePartitions,
  type StateStore,
  writeWorker,
} from "@infill/state";
import { cleanPrefix, eventually, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import type { InfillClient } from "../client/client.ts";
import { connect } from "../client/connect.ts";
import { startPlanner } from "../startPlanner.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
afterAll(() => cleanPrefix(url, prefix));

const first = Date.UTC(2024, 0, 1) / 86_400_000;
/** A backfill of it is the one that is damaged. */
const days = asset({
  name: "days",
  partitions: daily({ start: "2024-01-01", end: "2024-01-11" }),
  codeVersion: "1",
  materialize: () => {},
});
const regions = asset({
  name: "regions",
  partitions: multi({
    date: daily({ start: "2024-01-01", end: "2024-01-04" }),
    region: staticPartitions(["us", "eu"]),
  }),
  materialize: () => {},
});
const tenants = asset({
  name: "tenants",
  partitions: dynamicPartitions({ name: "tenants" }),
  materialize: () => {},
});
/** Another one has to be planned, whatever is damaged. */
const bystander = asset({
  name: "bystander",
  partitions: daily({ start: "2024-01-01", end: "2024-01-11" }),
  materialize: () => {},
});
let nextNamespace = 1;
let inside: Project;
let store: StateStore;
let client: InfillClient;
let victim: string;

beforeEach(async () => {
  inside = project({
    namespace: `${prefix}-${nextNamespace++}`,
    assets: [days, regions, tenants, bystander],
  });
  store = await openStateStore(url, inside.namespace, "test");
  client = await connect(inside, { redisUrl: url });
  await client.addDynamicPartitions("tenants", ["a", "b"]);
  await client.createBackfill({ assets: "regions", reprocess: "all" });
  const { id = "" } = await client.createBackfill({
    assets: "days",
    reprocess: "all",
    concurrency: 8,
  });
  victim = id;
  const registered = await registerAsset(store, days);
  const claim = (day: number) => ({
    backfillId: id,
    lane: "",
    ordinal: first + day,
    claimNumber: day,
  });
  await reservePartitions(store, "days", id, 10, [{ lane: "", ordinals: [first, first + 1] }]);
  await claimPartitions(store, registered, "s_1", 600_000, [claim(0), claim(1)]);
  await settlePartitions(store, registered, "s_1", [
    { ...claim(0), outcome: "succeeded", attempt: 1, durationMs: 5, note: undefined },
  ]);
  const { id: over = "" } = await client.createBackfill({ assets: "days", reprocess: "all" });
  await setBackfillStatus(store, over, { to: "succeeded", from: ["running"], summary: "{}" });
  await writeWorker(
    store,
    {
      ...{ id: "worker_1", host: "h", pid: 1, version: "1", startedMs: 1 },
      ...{ pools: { default: 1 }, state: "running" },
    },
    60_000,
  );
});
afterEach(async () => {
  await client.close();
  await store.close();
});

/**
 * Keys that are damaged together, by what follows the namespace; `*` stands for the damaged backfill. Of one group each can be
 * read without the others.
 */
const groups: Readonly<Record<string, readonly string[]>> = {
  "what an asset holds": [
    "{asset/days}:backfills",
    "{asset/days}:sessions",
    "{asset/days}:claims",
    "{asset/days}:waiters",
    "{asset/days}:audit",
    "{asset/days}:settlements",
    "{asset/days}:plane::in_progress:0",
    "{asset/days}:plane::materialized:0",
    "{asset/days}:records::153",
    "{asset/days}:errors::154",
    "{asset/days}:metadata::154",
    "{asset/days}:attempts::154",
  ],
  "how an asset is registered": [
    "{asset/days}:meta",
    "{asset/days}:code_versions",
    "{asset/regions}:registry:region",
  ],
  "a ledger": [
    "{asset/days}:ledger:*",
    "{asset/days}:ledger:*:selected",
    "{asset/days}:ledger:*:culprits",
    "{asset/days}:ledger:*:queued::0",
    "{asset/days}:ledger:*:settled::0",
  ],
  "a backfill": ["{backfills}:*"],
  "what stands beside a backfill": [
    "{backfills}:*:log",
    "{backfills}:*:lease",
    "{backfills}:deliveries",
    "{backfills}:parked",
    "{backfills}:submission:0123456789abcdef",
    "{backfills}:plan:0123456789abcdef",
    "{backfills}:*:summary:0",
    "{backfills}:prunes",
    "{backfills}:retention:lease",
  ],
  "lists of backfills": [
    "{backfills}:index",
    "{backfills}:active",
    "{backfills}:deleting",
    "{backfills}:status:running",
    "{backfills}:ended",
    "{backfills}:events",
  ],
  permits: [
    "{permits}:scope:backfill:*",
    "{permits}:line:backfill:*",
    "{permits}:holders",
    "{permits}:held",
    "{permits}:caps",
    "{permits}:overruns",
  ],
  "dynamic partitions": [
    "{dynamic/tenants}:ordinals",
    "{dynamic/tenants}:present",
    "{dynamic/tenants}:names",
    "{dynamic/tenants}:changes",
  ],
  processes: [
    "{workers}:worker_1",
    "{workers}:index",
    "{planners}:planner_x",
    "{planners}:index",
    "{projects}:versions",
    "{projects}:index",
  ],
};

type Damage = (key: string, type: string) => Promise<unknown>;

const damages: Readonly<Record<string, Damage>> = {
  "another type": async (key, type) => {
    await store.redis.del(key);
    if (type === "list") await store.redis.set(key, "x");
    else await store.redis.rpush(key, "x", "y");
  },
  "a junk entry": (key, type) => {
    const { redis } = store;
    if (type === "hash") return redis.hset(key, "x", "y");
    if (type === "zset") return redis.zadd(key, 1, "junk");
    if (type === "set") return redis.sadd(key, "junk");
    if (type === "list") return redis.lpush(key, "junk");
    if (type === "stream") return redis.xadd(key, "*", "x", "y");
    return redis.set(key, "junk");
  },
  "junk in place of what is there": async (key, type) => {
    const { redis } = store;
    if (type === "hash") {
      for (const field of await redis.hkeys(key)) {
        // A definition that is recorded otherwise is another one: people decide which is right.
        if (field !== "fingerprint") await redis.hset(key, field, "{");
      }
    } else if (type === "string") await redis.set(key, "\u0000\u0001{");
    else if (type === "list") await redis.lpush(key, "{");
    else if (type === "zset") await redis.zadd(key, Date.now(), "bf_x-y z");
    else if (type === "set") await redis.sadd(key, "");
    else await redis.xadd(key, "*", "s", "a b c d;", "n", "-1");
  },
};

/** Damages a key, or makes one that is junk. */
async function damage(target: string, how: string): Promise<void> {
  const key = `${inside.namespace}:${target.replace("*", victim)}`;
  const type = await store.redis.type(key);
  await damages[how]?.(key, type === "none" ? "string" : type);
}

/** Starts a planner, and waits until it plans a backfill. */
async function plans(id: string): Promise<void> {
  const lines: string[] = [];
  const note = (message: string, facts?: object) => {
    lines.push(`${message} ${JSON.stringify(facts)}`);
  };
  const log = { debug: () => {}, info: () => {}, warn: note, error: note };
  const planner = await startPlanner({ project: inside, redisUrl: url, log, tickMs: 20 });
  const ledger = store.keys.ledger("bystander", id);
  try {
    await eventually(async () => Number(await store.redis.hget(ledger, "queued")) > 0, {
      timeoutMs: 5_000,
      what: "jobs of another backfill",
    });
  } catch (error) {
    throw new Error(lines.join("; "), { cause: error });
  } finally {
    await planner.close();
  }
}

async function createOther(): Promise<string> {
  const { id } = await client.createBackfill({ assets: "bystander", reprocess: "all" });
  if (id === undefined) throw new Error("nothing to run");
  return id;
}

/** Groups that everything rests on: while a key of them has another type, commands name the doctor, and nothing is planned. */
const foundations: ReadonlySet<string> = new Set(["lists of backfills", "permits"]);

/** What stays by hand, because nobody can know what was right. */
const byHand: Readonly<Record<string, readonly string[]>> = {
  "how an asset is registered with junk in place of what is there": [
    "entry_unreadable registry:region",
  ],
};

test.each(
  Object.keys(groups).flatMap((group) => Object.keys(damages).map((how) => [group, how] as const)),
)("%s with %s: others go on, and the doctor leaves nothing behind", async (group, how) => {
  const before = await createOther();
  for (const target of groups[group] ?? []) await damage(target, how);
  const isFoundation = foundations.has(group) && how === "another type";
  for (const step of [() => client.listBackfills(), createOther]) {
    if (isFoundation) await step().catch((error: unknown) => expect(isWrongType(error)).toBe(true));
    else await step();
  }
  if (!isFoundation) await plans(before);
  await client.doctor({ fix: true, patienceMs: 0 });
  const { findings } = await client.doctor({ patienceMs: 0 });
  const left = findings.map(({ check, problem, repair }) => ({ check, problem, repair }));
  const expected = byHand[`${group} with ${how}`] ?? [];
  expect(left).toEqual(
    expected.map((text) => {
      const [check, key = ""] = text.split(" ");
      return { check, problem: expect.stringContaining(key), repair: "by_hand" };
    }),
  );
  if (isFoundation) await plans(before);
});
