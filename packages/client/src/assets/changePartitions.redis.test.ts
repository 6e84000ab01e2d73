import { asset, project } from "@infill/core";
import { daily } from "@infill/partitions";
import { openStateStore } from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { InfillClient } from "../infillClient.ts";
import { connect } from "../connect.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
const raw = asset({
  name: "raw",
  partitions: daily({ start: "2024-01-01", end: "2024-01-11" }),
  codeVersion: "v7",
  materialize: () => {},
});
let client: InfillClient;

beforeAll(async () => {
  client = await connect(project({ namespace: prefix, assets: [raw] }), {
    redisUrl: url,
    now: () => Date.UTC(2024, 5, 1),
  });
});
afterAll(async () => {
  await client.close();
  await cleanPrefix(url, prefix);
});

test("a marked partition counts as materialized, shows the mark, and is missing again once wiped", async () => {
  const partitions = "[2024-01-02...2024-01-05], 2024-01-10";
  const marked = await client.partitions.mark("raw", {
    partitions,
    actor: "ann",
    reason: "loaded",
  });
  expect(marked).toEqual({
    asset: "raw",
    before: { total: 5, missing: 5, inProgress: 0, materialized: 0, failed: 0 },
    changed: 5,
    leftOut: 0,
  });
  expect((await client.backfills.preview({ assets: "raw" })).toRun).toBe(5);
  const shown = await client.partitions.get("raw", "2024-01-10");
  expect(shown).toMatchObject({
    status: "materialized",
    lastSettlement: { outcome: "succeeded", backfillId: "", codeVersion: "v7", byHand: true },
  });
  const wiped = await client.partitions.wipe("raw", {
    partitions: "[...2024-01-03]",
    actor: "bob",
  });
  expect(wiped).toMatchObject({ before: { missing: 1, materialized: 2 }, changed: 3 });
  expect(await client.partitions.count("raw")).toMatchObject({ missing: 7, materialized: 3 });
  expect((await client.partitions.get("raw", "2024-01-02")).lastSettlement).toBeUndefined();
});

test("the history of an asset lists who changed which partitions and why, page by page", async () => {
  const first = await client.partitions.listChanges("raw", { limit: 1 });
  expect(first.items).toMatchObject([
    { asset: "raw", what: "wiped", actor: "bob", details: { partitions: "[...2024-01-03]" } },
  ]);
  const cursor = first.nextCursor ?? "";
  const second = await client.partitions.listChanges("raw", { limit: 1, cursor });
  expect(second.items).toMatchObject([
    { what: "marked", actor: "ann", reason: "loaded", details: { total: 5, missing: 5 } },
  ]);
  expect(second.nextCursor).toBeUndefined();
});

test("an invalid change is refused with a code and changes nothing", async () => {
  const before = await client.partitions.count("raw");
  const refused = [
    [() => client.partitions.mark("row", { partitions: ":all" }), "INFILL_ASSET_UNKNOWN"],
    [
      () => client.partitions.mark("raw", { partitions: "2024-02-01" }),
      "INFILL_PARTITION_KEY_UNKNOWN",
    ],
    [
      () => client.partitions.wipe("raw", { partitions: "[2024-01-01..." }),
      "INFILL_PARTITION_TEXT_INVALID",
    ],
    [() => client.partitions.wipe("raw", { partitions: "" }), "INFILL_OPTIONS_INVALID"],
    [() => client.partitions.listChanges("raw", { cursor: "x" }), "INFILL_OPTIONS_INVALID"],
  ] as const;
  for (const [change, code] of refused) await expect(change()).rejects.toMatchObject({ code });
  expect(await client.partitions.count("raw")).toEqual(before);
  expect((await client.partitions.listChanges("raw")).items).toHaveLength(2);
});

test("the history continues from its place if changes are made or dropped between pages", async () => {
  const { nextCursor = "" } = await client.partitions.listChanges("raw", { limit: 1 });
  const store = await openStateStore(url, prefix, "test");
  await store.redis.xdel(store.keys.audit("raw"), nextCursor);
  await store.close();
  const rest = await client.partitions.listChanges("raw", { cursor: nextCursor });
  expect(rest.items).toMatchObject([{ what: "marked", actor: "ann" }]);
});
