import { runDoctor } from "@infill/doctor";
import { asset, project } from "@infill/core";
import { daily } from "@infill/partitions";
import { connect, type InfillClient } from "@infill/client";
import { openStateStore, setBackfillStatus, type StateStore } from "@infill/state";
import { cleanPrefix, redisUrlForTests, spawnNode, testPrefix } from "@infill/test-support";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";

const url = redisUrlForTests();
const prefix = testPrefix();
const script = new URL("../dist/e2e/processes/assetChangeProcess.js", import.meta.url).pathname;
let namespace = "";
let nextNamespace = 1;
let store: StateStore;
const open: InfillClient[] = [];

beforeEach(async () => {
  namespace = `${prefix}-${nextNamespace++}`;
  store = await openStateStore(url, namespace, "test");
});
afterEach(async () => {
  for (const client of open.splice(0)) await client.close();
  await store.close();
});
afterAll(() => cleanPrefix(url, prefix));

async function clientOf(...names: readonly string[]): Promise<InfillClient> {
  return clientIn("UTC", names);
}

async function clientIn(timezone: string, names: readonly string[]): Promise<InfillClient> {
  const assets = names.map((name) =>
    asset({
      name,
      partitions: daily({ start: "2024-05-01", end: "2024-05-05", timezone }),
      materialize: () => {},
    }),
  );
  const client = await connect(project({ namespace, assets }), { redisUrl: url });
  open.push(client);
  return client;
}

/** Two ended backfills of `sales`, and two days that are marked. @returns the backfills' ids */
async function sales(): Promise<string[]> {
  const client = await clientOf("sales");
  const ids: string[] = [];
  for (const label of ["first", "second"]) {
    const { id = "" } = await client.backfills.create({ assets: "sales", reprocess: "all", label });
    await client.backfills.cancel(id);
    await setBackfillStatus(store, id, { to: "canceled", from: ["canceling"] });
    ids.push(id);
  }
  await client.partitions.mark("sales", { partitions: "[2024-05-01...2024-05-02]" });
  return ids;
}

/** Gives a command in a process of its own that is killed at a step. */
async function killedAt(step: string, change: string): Promise<void> {
  const env = { NAMESPACE: namespace, REDIS_URL: url, CHANGE: change, INFILL_CRASH_AT: step };
  const child = spawnNode(script, [], { env });
  expect(await child.exited, child.stderr).toEqual({ code: null, signal: "SIGKILL" });
  expect(child.stdout).toBe("");
}

async function checksOf(client: InfillClient, fix = false): Promise<string[]> {
  const { findings } = await runDoctor(client.connection, { patienceMs: 0, fix });
  return [...new Set(findings.map(({ check }) => check))];
}

async function keysOf(name: string): Promise<string[]> {
  return (await store.redis.keys(`${namespace}:*`)).filter((key) => key.includes(`/${name}}`));
}

/** All of what `sales` was is one asset's, whole, and none of it another's. */
async function expectWhole(
  client: InfillClient,
  name: string,
  gone: string,
  ids: readonly string[],
): Promise<void> {
  expect(await checksOf(client)).toEqual([]);
  expect(await keysOf(gone)).toEqual([]);
  expect(await client.partitions.count(name)).toMatchObject({ materialized: 2, missing: 2 });
  for (const id of ids) {
    const { counts, request } = await client.backfills.get(id);
    expect(counts).toMatchObject({ selected: 4, canceled: 4 });
    expect(request.assets).toBe(name);
  }
  const { id: next = "" } = await client.backfills.create({ assets: name, reprocess: "missing" });
  expect((await client.backfills.get(next)).counts).toMatchObject({ selected: 2 });
  expect(await checksOf(client)).toEqual([]);
}

test.each([
  ["after:rename_mark", "again"],
  ["after:rename", "doctor"],
  ["after:rename_step", "again"],
  ["after:rename_copy", "again"],
  ["after:rename_backfill#1", "again"],
  ["after:rename_backfill#2", "doctor"],
  ["after:rename_moved", "again"],
  ["after:rename_delete", "doctor"],
  ["after:rename_end", "again"],
] as const)(
  "a rename that is killed at %s is known to the doctor, and goes on (%s)",
  async (step, how) => {
    const ids = await sales();
    await killedAt(step, "rename sales orders");
    const client = await clientOf("orders");
    expect(await checksOf(client)).toEqual(["asset_changing"]);
    for (const id of ids)
      expect((await client.backfills.get(id)).counts).toMatchObject({ selected: 4, canceled: 4 });
    await expect(client.backfills.create({ assets: "orders" })).rejects.toMatchObject({
      code: "INFILL_ASSET_CHANGING",
    });
    if (how === "doctor") await checksOf(client, true);
    else await client.assets.rename("sales", "orders");
    await expectWhole(client, "orders", "sales", ids);
  },
);

test.each(["after:rename_mark", "after:rename_step", "after:rename_backfill#1"])(
  "a rename that is killed at %s is taken back with the names exchanged",
  async (step) => {
    const ids = await sales();
    await killedAt(step, "rename sales orders");
    // Taking it back is killed, too.
    await killedAt("after:unrename", "rename orders sales");
    const client = await clientOf("sales");
    expect(await checksOf(client)).toEqual(["asset_changing"]);
    await client.assets.rename("orders", "sales");
    await expectWhole(client, "sales", "orders", ids);
  },
);

test("a rename that has begun to delete is not taken back", async () => {
  const ids = await sales();
  await killedAt("after:rename_moved", "rename sales orders");
  const client = await clientOf("sales", "orders");
  await expect(client.assets.rename("orders", "sales")).rejects.toMatchObject({
    code: "INFILL_ASSET_RENAME",
    message: expect.stringContaining("infill asset rename sales orders"),
  });
  await client.assets.rename("sales", "orders");
  await client.assets.rename("orders", "sales");
  await expectWhole(client, "sales", "orders", ids);
});

test.each([
  ["after:give_up", "reset"],
  ["after:give_up_step", "reset"],
  ["after:give_up", "remove"],
  ["after:give_up_step", "remove"],
] as const)(
  "what is killed at %s of a %s ends when the command is given again",
  async (step, change) => {
    const ids = await sales();
    await killedAt(step, `${change} sales`);
    const client = await clientOf("sales");
    expect(await checksOf(client)).toEqual(["asset_changing"]);
    await expect(client.backfills.create({ assets: "sales" })).rejects.toMatchObject({
      code: "INFILL_ASSET_CHANGING",
    });
    if (change === "reset") await client.assets.reset("sales");
    else await client.assets.remove("sales");
    expect(await client.partitions.count("sales")).toMatchObject({ materialized: 0, missing: 4 });
    expect(await checksOf(client)).toEqual([]);
    for (const id of ids)
      expect(await client.backfills.get(id)).toMatchObject({ status: "canceled" });
  },
);

test.each(["after:keep", "after:keep_step", "after:keep_delete", "after:keep_install"])(
  "a state that is being kept under another definition, killed at %s, is whole when the command is given again",
  async (step) => {
    const ids = await sales();
    // Iceland's days are those of UTC.
    const zone = "Atlantic/Reykjavik";
    await killedAt(step, `keep sales - ${zone}`);
    const client = await clientIn(zone, ["sales"]);
    expect(await checksOf(client)).toEqual(["asset_changing"]);
    await client.assets.keep("sales");
    expect(await client.partitions.count("sales")).toMatchObject({ materialized: 2, missing: 2 });
    expect(await checksOf(client)).toEqual([]);
    const record = await client.partitions.get("sales", "2024-05-02");
    expect(record).toMatchObject({ status: "materialized" });
    for (const id of ids)
      expect(await client.backfills.get(id)).toMatchObject({ status: "canceled" });
    const { id: next = "" } = await client.backfills.create({
      assets: "sales",
      reprocess: "missing",
    });
    expect((await client.backfills.get(next)).counts).toMatchObject({ selected: 2 });
    expect(await checksOf(client)).toEqual([]);
  },
);
