import { asset, project } from "@infill/core";
import { dynamicPartitions, integerRange } from "@infill/partitions";
import {
  claimPartitions,
  openStateStore,
  registerProject,
  reservePartitions,
  settlePartitions,
  settleUnstarted,
  type StateStore,
} from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { InfillClient } from "../infillClient.ts";
import { connect } from "../connect.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
const materialize = () => {};
const regions = dynamicPartitions({ name: "regions" });
const assets = [
  asset({ name: "raw", partitions: regions, materialize }),
  asset({ name: "other", partitions: regions, pool: "other", materialize }),
];
const definition = project({ namespace: prefix, assets });
let client: InfillClient;
let store: StateStore;

beforeAll(async () => {
  client = await connect(definition, { redisUrl: url });
  store = await openStateStore(url, prefix, "test");
  await client.dynamic.add("regions", ["us", "eu"]);
});
afterAll(async () => {
  await store.close();
  await client.close();
  await cleanPrefix(url, prefix);
});

async function created(assetNames: string): Promise<string> {
  const { id } = await client.backfills.create({
    assets: assetNames,
    reprocess: "all",
    window: 40,
  });
  if (id === undefined) throw new Error("nothing was to run");
  return id;
}

test("the shown window is the one that was set last, shared among the pools", async () => {
  const id = await created("*");
  expect((await client.backfills.get(id)).window).toBe(40);
  await client.backfills.change(id, { window: 10 });
  expect((await client.backfills.get(id)).window).toBe(10);
  await client.backfills.change(id, { window: null });
  expect((await client.backfills.get(id)).window).toBe(2 * 256);
});

test("a partition that failed without a start has attempt 0 wherever it is shown", async () => {
  const id = await created("raw");
  const why = { outcome: "failed", reason: "PARTITION_GONE" } as const;
  const doomed = { lane: "", ordinals: integerRange(0, 1) };
  expect(await settleUnstarted(store, "raw", id, doomed, why)).toBe(1);
  const { failures } = await client.backfills.get(id);
  const { groups } = await client.backfills.listFailures(id);
  expect(failures.map(({ key, attempt }) => [key, attempt])).toEqual([["us", 0]]);
  expect(groups.map(({ example: { key, attempt } }) => [key, attempt])).toEqual([["us", 0]]);
  // The definition has the partition. An older project failed it, and it has not settled again.
  for (const error of [failures[0]?.error, groups[0]?.error])
    expect(error).toContain(
      "PARTITION_GONE: the planner or worker did not know the partition then",
    );
  const { reasons } = await client.partitions.explain("raw", "us");
  expect(reasons.map(({ text }) => text)).toContain(
    `It failed in ${id} and did not run: the planner or worker did not know the partition then (PARTITION_GONE).`,
  );
});

test("a running partition shows its worker, start and attempt instead of its last settlement", async () => {
  const first = await created("raw");
  const address = { lane: "", ordinal: 1 };
  const registered = await registerProject(store, definition);
  const raw = registered.get("raw");
  if (raw === undefined) throw new Error("the asset is not registered");
  const claim = async (backfillId: string, session: string, claimNumber: number) => {
    await reservePartitions(store, "raw", backfillId, 9, [{ lane: "", ordinals: [1] }]);
    const place = { backfillId, ...address, claimNumber };
    expect(await claimPartitions(store, raw, session, 60_000, [place])).toMatchObject([
      { kind: "claimed" },
    ]);
    return place;
  };
  const place = await claim(first, "worker_a", 1);
  const facts = { outcome: "failed", attempt: 1, durationMs: 5 } as const;
  const cause = { name: "Error", message: "connect ECONNREFUSED", depth: 1, via: "cause" };
  const causes = { causes: [cause], innermost: 0 };
  const note = JSON.stringify({ name: "TypeError", message: "fetch failed", ...causes });
  await settlePartitions(store, raw, "worker_a", [{ ...place, ...facts, note }]);

  const second = await created("raw");
  await claim(second, "worker_b", 1);
  const running = { backfillId: second, workerId: "worker_b", attempt: 1 };
  const { items } = await client.partitions.list("raw", { status: "in_progress" });
  expect(items).toEqual([
    expect.objectContaining({ key: "eu", claim: expect.objectContaining(running) }),
  ]);
  expect(items[0]).not.toHaveProperty("lastSettlement");
  expect((await client.backfills.get(second)).running).toEqual([
    expect.objectContaining({ asset: "raw", key: "eu", ...running }),
  ]);
  expect(await client.backfills.get(first)).not.toHaveProperty("running");
  const shown = await client.partitions.get("raw", "eu");
  expect(shown).toMatchObject({ claim: running, lastSettlement: { backfillId: first } });
  expect(shown.attempts).toEqual([
    expect.objectContaining({
      ...{ ended: "failed", backfillId: first, workerId: "worker_a", attempt: 1 },
      ...{ durationMs: 5, error: "TypeError: fetch failed ← Error: connect ECONNREFUSED" },
    }),
  ]);
});
