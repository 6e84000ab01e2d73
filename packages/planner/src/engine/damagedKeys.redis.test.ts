import { runDoctor } from "@infill/doctor";
import { asset, type Project, project } from "@infill/core";
import { daily, dynamicPartitions, multi, staticPartitions } from "@infill/partitions";
import {
  appendBackfillLog,
  claimPartitions,
  isWrongType,
  openStateStore,
  registerAsset,
  reservePartitions,
  setBackfillStatus,
  settlePartitions,
  type StateStore,
  textDigest,
  writeWorker,
} from "@infill/state";
import { cleanPrefix, eventually, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { connect, type InfillClient } from "@infill/client";
import { startPlanner } from "./startPlanner.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
afterAll(() => cleanPrefix(url, prefix));

const first = Date.UTC(2024, 0, 1) / 86_400_000;
/** The backfill to damage is one of this asset. */
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
/** The other backfill, which must be planned in spite of the damage. */
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
  await client.dynamic.add("tenants", ["a", "b"]);
  await client.backfills.create({ assets: "regions", reprocess: "all" });
  const { id = "" } = await client.backfills.create({
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
  const { id: over = "" } = await client.backfills.create({ assets: "days", reprocess: "all" });
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
        // Another registered definition is a decision for people.
        if (field !== "fingerprint") await redis.hset(key, field, "{");
      }
    } else if (type === "string") await redis.set(key, "\u0000\u0001{");
    else if (type === "list") await redis.lpush(key, "{");
    else if (type === "zset") await redis.zadd(key, Date.now(), "bf_x-y z");
    else if (type === "set") await redis.sadd(key, "");
    else await redis.xadd(key, "*", "s", "a b c d;", "n", "-1");
  },
};

/** Damages a key, or creates a junk key. */
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
  const { id } = await client.backfills.create({ assets: "bystander", reprocess: "all" });
  if (id === undefined) throw new Error("nothing to run");
  return id;
}

/**
 * Groups of keys that everything depends on: with a wrong type, commands name the doctor, and
 * nothing is planned.
 */
const foundations: ReadonlySet<string> = new Set(["lists of backfills", "permits"]);

/** Findings that stay for a person, because nobody can know the right value. */
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
  for (const step of [() => client.backfills.list(), createOther]) {
    if (isFoundation) await step().catch((error: unknown) => expect(isWrongType(error)).toBe(true));
    else await step();
  }
  if (!isFoundation) await plans(before);
  await runDoctor(client.connection, { fix: true, patienceMs: 0 });
  const { findings } = await runDoctor(client.connection, { patienceMs: 0 });
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

/** Texts beside the state, with commands that read them. Each one is damaged in another way. */
async function damageTexts(over: string): Promise<void> {
  const { redis, keys } = store;
  await redis.rpush(keys.backfillLog(victim), "{", '{"v":1,"n":"x"}');
  await redis.xadd(keys.audit("days"), "*", "operation", "o", "entry", "{");
  await redis.xadd(keys.audit("days"), "*", "x", "y");
  await redis.hset(keys.metadata("days", "", 154), "5", "[1]", "x", "{}");
  await redis.hset(keys.errors("days", "", 154), "6", "not json", "7", "null");
  await redis.xadd(keys.prunes, "*", "round", '{"pruned":"many"}');
  await redis.set(keys.plan("0123456789abcdef"), "{}");
  await redis.hdel(keys.summary(over, 1), "finished");
  await redis.hset(keys.summary(over, 1), `attempts ${over}-1`, "x");
}

test("junk in logs, histories, notes, plans and summaries is reported, stops no command, and is set aside", async () => {
  const { redis, keys } = store;
  const [over = ""] = await redis.zrevrange(keys.backfillIndex, 0, 0);
  await damageTexts(over);
  expect((await client.backfills.listEvents(victim)).items.map(({ what }) => what)).toEqual([
    "created",
    "unreadable",
    "unreadable",
  ]);
  expect((await client.partitions.listChanges("days")).items).toMatchObject([
    { what: "unreadable" },
    { what: "unreadable" },
  ]);
  expect(await client.backfills.listPrunes()).toEqual([]);
  expect(await client.partitions.get("days", "2024-01-06")).toMatchObject({ status: "missing" });
  await plans(await createOther());

  const { findings } = await runDoctor(client.connection, { patienceMs: 0 });
  const named = findings.filter(({ check }) => check === "text_unreadable");
  const at = (key: string) => named.find(({ redisKey }) => redisKey === key);
  for (const [key, count] of [
    [keys.backfillLog(victim), 2],
    [keys.audit("days"), 2],
    [keys.metadata("days", "", 154), 2],
    [keys.errors("days", "", 154), 2],
    [keys.prunes, 1],
    [keys.plan("0123456789abcdef"), 1],
    [keys.summary(over, 1), 1],
  ] as const)
    expect({ key, ...at(key) }).toMatchObject({ key, count, repair: "possible" });

  await runDoctor(client.connection, { fix: true, patienceMs: 0 });
  expect((await runDoctor(client.connection, { patienceMs: 0 })).findings).toEqual([]);
  expect((await client.backfills.listEvents(victim)).items[0]).toMatchObject({ what: "created" });
  expect(await client.deliveries.list()).toEqual([]);
  // Redis keeps what was set aside.
  expect(await redis.hvals(keys.setAside(keys.audit("days"), ""))).toContain('["x","y"]');
});

test("a page of a log has all other entries after some were set aside", async () => {
  const { redis, keys } = store;
  const log = keys.backfillLog(victim);
  for (let at = 0; at < 2; at++) await appendBackfillLog(store, victim, { what: `early_${at}` });
  await redis.rpush(log, "junk", "more junk");
  // The later entries keep their numbers.
  await redis.hset(keys.backfill(victim), "logged", 5);
  for (let at = 0; at < 2; at++) await appendBackfillLog(store, victim, { what: `late_${at}` });
  await runDoctor(client.connection, { fix: true, patienceMs: 0 });
  const first = await client.backfills.listEvents(victim, { limit: 3 });
  const rest = await client.backfills.listEvents(victim, { cursor: first.nextCursor ?? "" });
  expect(rest.items.slice(0, 2).map(({ number, what }) => [number, what])).toEqual([
    [6, "late_0"],
    [7, "late_1"],
  ]);
});

test("a planner skips an unreadable summary, logs it once, and delivers the others", async () => {
  const [over = ""] = await store.redis.zrevrange(store.keys.backfillIndex, 0, 0);
  await store.redis.hset(store.keys.summary(over, 1), "summary", "{}");
  await store.redis.hdel(store.keys.summary(over, 1), "finished");
  const { id = "" } = await client.backfills.create({ assets: "bystander", reprocess: "all" });
  await client.backfills.cancel(id);
  const lines: string[] = [];
  const note = (message: string) => void lines.push(message);
  const log = { debug: note, info: note, warn: note, error: note };
  const heard: string[] = [];
  const told = project({
    namespace: inside.namespace,
    assets: [days, regions, tenants, bystander],
    onBackfillFinished: ({ backfillId }) => void heard.push(backfillId),
  });
  const planner = await startPlanner({ project: told, redisUrl: url, log, tickMs: 20 });
  try {
    await eventually(() => heard.includes(id), { timeoutMs: 20_000, what: "the other summary" });
    await eventually(() => lines.includes("a summary cannot be delivered"), { what: "a line" });
  } finally {
    await planner.close();
  }
  expect(heard).toEqual([id]);
  expect(lines.filter((line) => line === "a summary cannot be delivered")).toHaveLength(1);
  expect(lines.filter((line) => /reading due deliveries failed/.test(line))).toEqual([]);
});

describe("the submission of an idempotency key", () => {
  const request = { assets: "bystander", reprocess: "all", idempotencyKey: "nightly" } as const;
  const submission = () => store.keys.submission(textDigest("nightly"));

  test.each([
    ["assets", "{"],
    ["planned", "soon"],
    ["dynamic", "{"],
  ])("is restored from the header if its %s is unreadable", async (field, junk) => {
    const { id } = await client.backfills.create(request);
    await store.redis.hset(submission(), field, junk);
    const refused = client.backfills.create(request);
    await expect(refused).rejects.toMatchObject({ code: "INFILL_STATE_UNREADABLE" });
    await expect(refused).rejects.toThrow(/idempotency key "nightly".*infill doctor --fix/);
    await runDoctor(client.connection, { fix: true, patienceMs: 0 });
    expect((await runDoctor(client.connection, { patienceMs: 0 })).findings).toEqual([]);
    expect((await client.backfills.create(request)).id).toBe(id);
    expect(await store.redis.pttl(submission())).toBeGreaterThan(0);
  });

  test.each(["digest", "backfill"])("is set aside if its %s is lost", async (field) => {
    const { id } = await client.backfills.create(request);
    await store.redis.hdel(submission(), field);
    await expect(client.backfills.create(request)).rejects.toMatchObject({
      code: "INFILL_STATE_UNREADABLE",
    });
    const { findings } = await runDoctor(client.connection, { patienceMs: 0 });
    expect(findings.filter(({ check }) => check === "text_unreadable")).toMatchObject([
      { check: "text_unreadable", remedy: expect.stringContaining("creates a new backfill") },
    ]);
    await runDoctor(client.connection, { fix: true, patienceMs: 0 });
    const again = await client.backfills.create(request);
    expect(again.id).not.toBe(id);
  });
});
