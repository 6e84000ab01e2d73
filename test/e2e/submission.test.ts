import { openStateStore } from "@infill/state";
import { cleanPrefix, redisUrlForTests, spawnNode, testPrefix } from "@infill/test-support";
import { afterAll, afterEach, expect, test } from "vitest";
import { type Engine, startEngine } from "./engine.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
const script = new URL("../dist/e2e/processes/submitProcess.js", import.meta.url).pathname;
/** Two assets, each with a ledger of its own: five days, and of each two regions. */
const submission = {
  assets: "raw,regional",
  partitions: "[2001-01-01...2001-01-05]",
  idempotencyKey: "nightly",
};
let engine: Engine | undefined;

afterEach(async () => {
  await engine?.close();
  engine = undefined;
});
afterAll(() => cleanPrefix(url, prefix));

function submitIn(of: Engine, crashAt?: string) {
  return spawnNode(script, [], {
    env: {
      ENGINE: JSON.stringify(of.settings),
      REDIS_URL: url,
      SUBMISSION: JSON.stringify(submission),
      INFILL_CRASH_AT: crashAt,
    },
  });
}

/** Ids of the backfills of which a ledger of the asset `raw` or `regional` stands. */
async function idsWithLedgers(namespace: string): Promise<string[]> {
  const store = await openStateStore(url, namespace, "test");
  const ids = new Set<string>();
  for (const asset of ["raw", "regional"])
    for (const id of await store.redis.hvals(store.keys.assetBackfills(asset))) ids.add(id);
  await store.close();
  return [...ids];
}

test.each([
  ["its key is reserved", "after:submission", 0],
  ["its first ledger stands", "after:ledger#1", 0],
  ["its last ledger stands", "after:ledger#2", 0],
  ["all its ledgers stand", "after:ledgers", 0],
  ["it exists and nobody was told", "after:record", 1],
])(
  "P1: a submission killed when %s is completed by its repetition, as one backfill",
  async (_, crashAt, exist) => {
    engine = await startEngine(url, { namespace: prefix });
    const killed = submitIn(engine, crashAt);
    expect(await killed.exited).toEqual({ code: null, signal: "SIGKILL" });
    expect(killed.stdout).toBe("");
    expect((await engine.client.backfills.list()).items).toHaveLength(exist);

    const { id } = await engine.client.backfills.create(submission);
    const { items } = await engine.client.backfills.list();
    expect(items).toEqual([expect.objectContaining({ id })]);
    expect(items[0]).toMatchObject({ counts: { selected: 15 } });
    expect(await idsWithLedgers(engine.settings.namespace)).toEqual([id]);
    expect((await engine.client.backfills.create(submission)).id).toBe(id);

    if (crashAt !== "after:ledger#1") return;
    await engine.start("planner");
    await engine.start("worker");
    const { status, counts } = await engine.ended(id ?? "");
    expect([status, counts.succeeded]).toEqual(["succeeded", 15]);
  },
);

test("P1: processes that submit at the same moment make one backfill", async () => {
  engine = await startEngine(url, { namespace: prefix });
  const at = engine;
  const children = Array.from({ length: 3 }, () => submitIn(at));
  const lines = await Promise.all(children.map((child) => child.waitForLine(/^submitted bf_/)));
  expect(new Set(lines).size).toBe(1);
  const { items } = await engine.client.backfills.list();
  expect(items.map(({ id }) => `submitted ${id}`)).toEqual([lines[0]]);
});
