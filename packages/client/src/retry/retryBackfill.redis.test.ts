import { asset, errorFingerprint, project } from "@infill/core";
import {
  daily,
  integers,
  multi,
  requirePartition,
  staticPartitions,
  subsetFromKeys,
  subsetKeys,
} from "@infill/partitions";
import {
  claimPartitions,
  openStateStore,
  type RegisteredAsset,
  readLedgerCounters,
  readLedgerPlane,
  readSelected,
  registerProject,
  reservePartitions,
  setBackfillStatus,
  settlePartitions,
  settleUnstarted,
  type StateStore,
} from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { InfillClient } from "../infillClient.ts";
import type { RetryOptions } from "../schemas/backfillSchemas.ts";
import { connect } from "../connect.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
const materialize = () => {};
const days = daily({ start: "2024-01-01", end: "2024-01-07" });
const raw = asset({ name: "raw", partitions: days, materialize });
const regional = asset({
  name: "regional",
  partitions: multi({ date: days, region: staticPartitions(["us", "eu"]) }),
  deps: [raw],
  materialize,
});
const total = asset({ name: "total", deps: [regional], materialize });
const definition = project({ namespace: prefix, assets: [raw, regional, total] });
const context = { nowMs: Date.UTC(2024, 5, 1) };

let client: InfillClient;
let store: StateStore;
let registered: ReadonlyMap<string, RegisteredAsset>;

beforeAll(async () => {
  client = await connect(definition, { redisUrl: url, now: () => context.nowMs });
  store = await openStateStore(url, prefix, "test");
  registered = await registerProject(store, definition);
});
afterAll(async () => {
  await store.close();
  await client.close();
  await cleanPrefix(url, prefix);
});

const dayKeys = Array.from({ length: 6 }, (_, at) => `2024-01-0${at + 1}`);
const regionalKeys = dayKeys.flatMap((day) => [`${day}|us`, `${day}|eu`]);

/** The fate of a partition: it succeeds, or fails with one of two errors. */
type Fate = "succeeded" | "A" | "B";
const messageOf = {
  A: (key: string) => `503 from https://a.example/${key}`,
  B: (key: string) => `no file for "${key}"`,
};
const groupA = errorFingerprint("Error", messageOf.A("2023-12-31"));
const someFate = fc.constantFrom<Fate>("succeeded", "succeeded", "A", "B");

interface Fates {
  readonly raw: readonly Fate[];
  readonly regional: readonly Fate[];
}

/** The keys of each outcome by a naive model: a partition downstream of a failed one is skipped. */
function outcomesOf(fates: Fates) {
  const failed = { A: [] as string[], B: [] as string[] };
  const skipped: string[] = [];
  /** For each skipped partition, the failures upstream of it. */
  const culprits = new Map<string, Set<"A" | "B">>();
  const rawFate = (key: string) => fates.raw[dayKeys.indexOf(key.slice(0, 10))] ?? "succeeded";
  for (const key of dayKeys) {
    const fate = rawFate(key);
    if (fate !== "succeeded") failed[fate].push(`raw ${key}`);
  }
  const above = new Set<"A" | "B">();
  for (const [at, key] of regionalKeys.entries()) {
    const upstream = rawFate(key);
    const fate = fates.regional[at] ?? "succeeded";
    if (upstream !== "succeeded") {
      skipped.push(`regional ${key}`);
      culprits.set(`regional ${key}`, new Set([upstream]));
      above.add(upstream);
    } else if (fate !== "succeeded") {
      failed[fate].push(`regional ${key}`);
      above.add(fate);
    }
  }
  if (above.size > 0) {
    skipped.push("total ");
    culprits.set("total ", above);
  }
  return { failed, skipped, culprits };
}

/** Creates a backfill over everything and settles all partitions by their fates. */
async function settled(fates: Fates): Promise<string> {
  await client.partitions.wipe("raw", { partitions: ":all" });
  await client.partitions.wipe("regional", { partitions: ":all" });
  await client.partitions.wipe("total", { partitions: ":all" });
  const { id } = await client.backfills.create({ assets: "*", reprocess: "all" });
  if (id === undefined) throw new Error("nothing was to run");
  const { failed, skipped } = outcomesOf(fates);
  let claimNumber = 1;
  for (const [name, keys] of [
    ["raw", dayKeys],
    ["regional", regionalKeys],
    ["total", [""]],
  ] as const) {
    const known = registered.get(name);
    if (known === undefined) throw new Error("an asset is missing");
    for (const key of keys) {
      const partition = `${name} ${key}`;
      const coordinates = requirePartition(known.asset.partitions, key, context);
      const address = known.ordinals.addressOf(coordinates);
      if (skipped.includes(partition)) {
        const [doomed] = known.ordinals.lanesOf(
          subsetFromKeys(known.asset.partitions, [key], context),
        );
        if (doomed === undefined) throw new Error("a partition has no lane");
        const why = { outcome: "skipped", asset: "raw", lane: "", ordinal: 0 } as const;
        await settleUnstarted(store, name, id, doomed, why);
        continue;
      }
      const pages = [{ lane: address.lane, ordinals: [address.ordinal] }];
      await reservePartitions(store, name, id, 1_000, pages);
      const claim = { ...address, backfillId: id, claimNumber: claimNumber++ };
      await claimPartitions(store, known, "s1", 60_000, [claim]);
      const group = (["A", "B"] as const).find((letter) => failed[letter].includes(partition));
      const note =
        group === undefined
          ? undefined
          : JSON.stringify({ name: "Error", message: messageOf[group](key) });
      const outcome = group === undefined ? "succeeded" : "failed";
      await settlePartitions(store, known, "s1", [
        { ...claim, outcome, attempt: 1, durationMs: 1, note },
      ]);
    }
  }
  await setBackfillStatus(store, id, { to: "failed", from: ["running"] });
  return id;
}

/** The partitions of each plane, and whether counters equal bits. */
async function observed(id: string) {
  const planes = { settled: [] as string[], failed: [] as string[], skipped: [] as string[] };
  for (const [name, known] of registered) {
    const selected = await readSelected(store, name, id);
    const counters = await readLedgerCounters(store, name, id);
    const sizes = { settled: 0, failed: 0, skipped: 0 };
    for (const plane of ["settled", "failed", "skipped"] as const) {
      const lanes = await readLedgerPlane(store, name, id, plane, selected);
      for (const { ordinals } of lanes) sizes[plane] += [...integers(ordinals)].length;
      for (const key of subsetKeys(known.ordinals.subsetOf(lanes), context))
        planes[plane].push(`${name} ${key}`);
    }
    expect(counters).toMatchObject({
      succeeded: sizes.settled - sizes.failed - sizes.skipped,
      failed: sizes.failed,
      skipped: sizes.skipped,
    });
  }
  return {
    settled: planes.settled.sort(),
    failed: planes.failed.sort(),
    skipped: planes.skipped.sort(),
  };
}

const choices: { readonly options: RetryOptions; readonly name: string }[] = [
  { name: "everything", options: {} },
  { name: "what failed", options: { only: "failed" } },
  { name: "what was skipped", options: { only: "skipped" } },
  { name: "what was canceled", options: { only: "canceled" } },
  { name: "a group", options: { group: groupA } },
  {
    name: "what failed of a group",
    options: { group: groupA, only: "failed" },
  },
];

test.each(choices)(
  "retrying $name reopens exactly these partitions, and counters equal bits",
  async ({ options }) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(someFate, { minLength: 6, maxLength: 6 }),
        fc.array(someFate, { minLength: 12, maxLength: 12 }),
        async (rawFates, regionalFates) => {
          const fates = { raw: rawFates, regional: regionalFates };
          const id = await settled(fates);
          const before = await observed(id);
          const { failed, skipped, culprits } = outcomesOf(fates);
          expect(before.failed).toEqual([...failed.A, ...failed.B].sort());
          expect(before.skipped).toEqual(skipped.toSorted());
          const takesFailed = options.only === undefined || options.only === "failed";
          const takesSkipped = options.only === undefined || options.only === "skipped";
          const isOnlyA = (key: string) => culprits.get(key)?.has("B") === false;
          const expected = [
            ...(takesFailed ? failed.A : []),
            ...(takesFailed && options.group === undefined ? failed.B : []),
            ...(takesSkipped
              ? skipped.filter((key) => options.group === undefined || isOnlyA(key))
              : []),
          ];
          if (options.group !== undefined && failed.A.length === 0) {
            await expect(client.backfills.retry(id, options)).rejects.toMatchObject({
              code: "INFILL_FAILURE_GROUP_UNKNOWN",
            });
            expect(await observed(id)).toEqual(before);
            return;
          }
          const preview = await client.backfills.previewRetry(id, options);
          const { reopened } = await client.backfills.retry(id, options);
          expect([preview.toRetry, reopened]).toEqual([expected.length, expected.length]);
          const inSets = (preview.sets ?? []).reduce((sum, { keys }) => sum + keys, 0);
          expect(inSets).toBe(expected.length);
          const without = (keys: readonly string[]) =>
            keys.filter((key) => !expected.includes(key));
          expect(await observed(id)).toEqual({
            settled: without(before.settled),
            failed: without(before.failed),
            skipped: without(before.skipped),
          });
        },
      ),
      { numRuns: 8 },
    );
  },
);

test("one outcome of a canceled backfill can be retried, and canceled partitions stay canceled until they are retried", async () => {
  const { id } = await client.backfills.create({ assets: "raw", reprocess: "all" });
  const known = registered.get("raw");
  if (id === undefined || known === undefined) throw new Error("nothing was to run");
  const ordinals = ["2024-01-02", "2024-01-05"].map(
    (key) => known.ordinals.addressOf(requirePartition(days, key, context)).ordinal,
  );
  await reservePartitions(store, "raw", id, 10, [{ lane: "", ordinals }]);
  for (const [at, ordinal] of ordinals.entries()) {
    const claim = { lane: "", ordinal, backfillId: id, claimNumber: 5_000 + at };
    await claimPartitions(store, known, "s2", 60_000, [claim]);
    const note = JSON.stringify({ name: "Error", message: at === 0 ? "down" : "lost" });
    await settlePartitions(store, known, "s2", [
      { ...claim, outcome: "failed", attempt: 1, durationMs: 1, note },
    ]);
  }
  await client.backfills.cancel(id);
  await setBackfillStatus(store, id, { to: "canceled", from: ["canceling"] });
  expect(await client.backfills.previewRetry(id)).toMatchObject({
    toRetry: 6,
    failed: 2,
    canceled: 4,
  });
  const group = errorFingerprint("Error", "down");
  expect((await client.backfills.retry(id, { group })).reopened).toBe(1);
  const open = { waiting: 1, failed: 1, canceled: 4, succeeded: 0, skipped: 0 };
  expect((await client.backfills.get(id)).counts).toMatchObject(open);
  expect(await client.backfills.previewRetry(id, { only: "canceled" })).toMatchObject({
    toRetry: 4,
  });
  expect((await client.backfills.retry(id, { only: "canceled" })).reopened).toBe(4);
  expect((await client.backfills.get(id)).counts).toMatchObject({ waiting: 5, failed: 1 });
});

test("failures are grouped by the common part of their errors, with counts, times, keys and one error", async () => {
  const id = await settled({
    raw: ["A", "succeeded", "B", "A", "succeeded", "succeeded"],
    regional: Array.from({ length: 12 }, (_, at) => (at === 2 ? "A" : "succeeded")),
  });
  const failures = await client.backfills.listFailures(id);
  expect(failures).toMatchObject({ id, failed: 4, examined: 4, ungrouped: 0 });
  expect(failures.groups).toMatchObject([
    {
      error: "Error: 503 from {url}",
      count: 3,
      share: 0.75,
      assets: [
        { asset: "raw", count: 2 },
        { asset: "regional", count: 1 },
      ],
      samples: [
        { asset: "raw", key: "2024-01-01" },
        { asset: "raw", key: "2024-01-04" },
        { asset: "regional", key: "2024-01-02|us" },
      ],
    },
    { error: 'Error: no file for "{text}"', count: 1, share: 0.25 },
  ]);
  const [first] = failures.groups;
  expect(Date.parse(first?.firstAt ?? "")).toBeLessThanOrEqual(Date.parse(first?.lastAt ?? ""));
  expect(first?.example.message).toMatch(/^503 from https:\/\/a\.example\/2024-/);
  const { failureGroups } = await client.backfills.get(id);
  expect(failureGroups?.map(({ count }) => count)).toEqual([3, 1]);
});

test("the beginning of a fingerprint is enough if only one group has it, and invalid ones change nothing", async () => {
  const fates = Array.from(
    { length: 6 },
    (_, at): Fate => (at === 0 ? "A" : at === 1 ? "B" : "succeeded"),
  );
  const id = await settled({ raw: fates, regional: [] });
  const before = await observed(id);
  const refused: [RetryOptions, string][] = [
    [{ group: "f" }, "INFILL_OPTIONS_INVALID"],
    [{ group: "x1" }, "INFILL_OPTIONS_INVALID"],
    [{ group: "f00000000000" }, "INFILL_FAILURE_GROUP_UNKNOWN"],
    [{ group: "f7a1", only: "canceled" }, "INFILL_OPTIONS_INVALID"],
  ];
  for (const [options, code] of refused)
    await expect(client.backfills.retry(id, options)).rejects.toMatchObject({ code });
  expect(await observed(id)).toEqual(before);
  const beginning = groupA.slice(0, 6);
  expect((await client.backfills.retry(id, { group: beginning })).reopened).toBe(3);
  const { items } = await client.backfills.listEvents(id);
  expect(items.at(-1)).toMatchObject({
    what: "retried",
    details: { reopened: 3, group: beginning },
    after: { status: "running" },
  });
});

test("partitions dropped by set --drop stay out of a retry, also after a cancel, until --dropped asks for them", async () => {
  const { id } = await client.backfills.create({ assets: "raw", reprocess: "all" });
  if (id === undefined) throw new Error("nothing was to run");
  expect(await client.backfills.change(id, { drop: "2024-01-02, 2024-01-03" })).toMatchObject({
    dropped: 2,
  });
  await client.backfills.cancel(id);
  await setBackfillStatus(store, id, { to: "canceled", from: ["canceling"] });
  const none = { failed: 0, skipped: 0 };
  const set = (keys: number, ...first: readonly [string, string][]) => ({
    ...{ asset: "raw", keys, firstKey: first[0]?.[0], lastKey: first.at(-1)?.[1] },
    ranges: { count: first.length, first },
  });
  const rest = set(4, ["2024-01-01", "2024-01-01"], ["2024-01-04", "2024-01-06"]);
  expect(await client.backfills.previewRetry(id)).toEqual({
    ...{ ...none, toRetry: 4, canceled: 4, dropped: 2, sets: [rest] },
  });
  expect(await client.backfills.previewRetry(id, { only: "failed" })).toMatchObject({ dropped: 0 });
  expect((await client.backfills.retry(id)).reopened).toBe(4);
  expect((await client.backfills.get(id)).counts).toMatchObject({ waiting: 4, canceled: 2 });

  expect(await client.backfills.previewRetry(id, { dropped: true })).toEqual({
    ...none,
    ...{ toRetry: 2, canceled: 2, dropped: 0, sets: [set(2, ["2024-01-02", "2024-01-03"])] },
  });
  const change = { add: "2024-01-02", drop: "2024-01-01, 2024-01-05" };
  expect(await client.backfills.change(id, change, { dryRun: true })).toMatchObject({
    sets: {
      added: [set(1, ["2024-01-02", "2024-01-02"])],
      dropped: [set(2, ["2024-01-01", "2024-01-01"], ["2024-01-05", "2024-01-05"])],
    },
  });
  // Once added again it is like any other, and is canceled with the rest.
  expect(await client.backfills.change(id, { add: "2024-01-02" })).toMatchObject({ added: 1 });
  expect((await client.backfills.retry(id, { dropped: true, only: "canceled" })).reopened).toBe(1);
  await client.backfills.cancel(id);
  await setBackfillStatus(store, id, { to: "canceled", from: ["canceling"] });
  expect(await client.backfills.previewRetry(id)).toMatchObject({
    toRetry: 6,
    canceled: 6,
    dropped: 0,
  });
});
