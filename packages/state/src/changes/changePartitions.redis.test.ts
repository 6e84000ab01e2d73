import { asset } from "@infill/core";
import {
  countIntegers,
  emptySubset,
  hourly,
  integers,
  integersFromSorted,
  multi,
  noIntegers,
  type PartitionsSubset,
  staticPartitions,
  subsetFromLanes,
} from "@infill/partitions";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  AssetOrdinals,
  type ClaimRequest,
  claimPartitions,
  markPartitions,
  newTileLayout,
  openLedger,
  type PartitionAddress,
  readAssetPlane,
  readClaims,
  readNotes,
  readPartitionAudit,
  readRecords,
  type RegisteredAsset,
  registerAsset,
  reservePartitions,
  settlePartitions,
  wipePartitions,
} from "../index.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();
let nextAsset = 1;

const hours = hourly({ start: "1900-01-01" });
// Two tiles of 64 lanes.
const regions = Array.from({ length: 128 }, (_, region) => `r${region}`);
const definition = multi({ hour: hours, region: staticPartitions(regions) });
const places = new AssetOrdinals(definition, [undefined, undefined], newTileLayout(definition));
const session = "s1";
const backfill = "bf_A";

/** Two lanes of addresses; ordinals on both sides of pages and chunks, and far apart. */
const ordinals = [
  -3, 0, 1, 2, 126, 127, 128, 129, 255, 256, 5_000, 32_767, 32_768, 32_769, 700_000,
];
const addresses: PartitionAddress[] = ["0", "1"].flatMap((lane) =>
  ordinals.map((ordinal) => ({ lane, ordinal })),
);

function subsetAt(members: readonly PartitionAddress[]): PartitionsSubset {
  if (members.length === 0) return emptySubset(definition);
  const lanes = ["0", "1"].map((lane) => {
    const found = members.filter((member) => member.lane === lane).map(({ ordinal }) => ordinal);
    return { lane, ordinals: integersFromSorted(found.sort((a, b) => a - b)) };
  });
  return places.subsetOf(lanes);
}

async function freshAsset(): Promise<RegisteredAsset> {
  const made = asset({
    name: `asset${nextAsset++}`,
    partitions: definition,
    codeVersion: "7",
    materialize: () => {},
  });
  const registered = await registerAsset(store, made);
  await openLedger(store, registered, backfill, subsetAt(addresses));
  return registered;
}

/** Everything about a partition except the time of its record. */
async function observed({ asset: { name } }: RegisteredAsset): Promise<object[]> {
  const places = ["0", "1"].map((lane) => ({ lane, ordinals: integersFromSorted(ordinals) }));
  const planes = await Promise.all(
    (["materialized", "failed", "in_progress"] as const).map(async (plane) => {
      const lanes = await readAssetPlane(store, name, plane, places);
      return new Set(
        lanes.flatMap(({ lane, ordinals: set }) =>
          Array.from(integers(set), (at) => `${lane}:${at}`),
        ),
      );
    }),
  );
  const records = await readRecords(store, name, addresses);
  const errors = await readNotes(store, name, "errors", addresses);
  const metadata = await readNotes(store, name, "metadata", addresses);
  const claims = await readClaims(store, name, addresses);
  return addresses.map(({ lane, ordinal }, at) => ({
    place: `${lane}:${ordinal}`,
    planes: planes.map((plane) => plane.has(`${lane}:${ordinal}`)),
    record: records[at] === undefined ? undefined : { ...records[at], settledMs: 0 },
    error: errors[at],
    metadata: metadata[at],
    isRunning: claims[at]?.state === "running",
  }));
}

const someKind = fc.constantFrom("none", "succeeded", "failed", "running");
const someAddresses = fc.subarray(addresses);

async function give(registered: RegisteredAsset, kinds: readonly string[]): Promise<void> {
  const touched = addresses.filter((_, at) => kinds[at] !== "none");
  for (const lane of ["0", "1"]) {
    const pages = [
      { lane, ordinals: touched.filter((at) => at.lane === lane).map(({ ordinal }) => ordinal) },
    ];
    await reservePartitions(store, registered.asset.name, backfill, 1_000, pages);
  }
  const claims: ClaimRequest[] = touched.map((address) => ({
    ...address,
    backfillId: backfill,
    claimNumber: addresses.indexOf(address) + 1,
  }));
  if (claims.length === 0) return;
  await claimPartitions(store, registered, session, 60_000, claims);
  const settlements = claims.flatMap((claim) => {
    const kind = kinds[claim.claimNumber - 1];
    if (kind !== "succeeded" && kind !== "failed") return [];
    const note = `{"of":"${claim.ordinal}"}`;
    return [{ ...claim, outcome: kind, attempt: 1, durationMs: 5, note } as const];
  });
  if (settlements.length > 0) await settlePartitions(store, registered, session, settlements);
}

test("marking and wiping change the selected partitions that do not run, and nothing else", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(someKind, { minLength: addresses.length, maxLength: addresses.length }),
      fc.array(fc.record({ isMark: fc.boolean(), selection: someAddresses }), {
        minLength: 1,
        maxLength: 3,
      }),
      async (kinds, changes) => {
        const registered = await freshAsset();
        await give(registered, kinds);
        const ledger = store.keys.ledger(registered.asset.name, backfill);
        const ledgerBefore = await store.redis.hgetall(ledger);
        let expected = await observed(registered);
        for (const { isMark, selection } of changes) {
          const running = selection.filter((at) => kinds[addresses.indexOf(at)] === "running");
          const change = isMark ? markPartitions : wipePartitions;
          const done = await change(store, registered, subsetAt(selection), { what: "changed" });
          expect(done).toEqual({
            changed: selection.length - running.length,
            leftOut: running.length,
          });
          const touched = new Set(
            selection
              .filter((at) => !running.includes(at))
              .map(({ lane, ordinal }) => `${lane}:${ordinal}`),
          );
          expected = expected.map((partition) => {
            if (!("place" in partition) || !touched.has(String(partition.place))) return partition;
            return isMark
              ? {
                  ...partition,
                  planes: [true, false, false],
                  record: {
                    settledMs: 0,
                    durationMs: 0,
                    backfillNumber: 0,
                    codeVersionNumber: 1,
                    failed: false,
                    attempt: 0,
                    claimTag: 0,
                  },
                  error: undefined,
                }
              : {
                  ...partition,
                  planes: [false, false, false],
                  record: undefined,
                  error: undefined,
                  metadata: undefined,
                };
          });
          expect(await observed(registered)).toEqual(expected);
        }
        expect(await store.redis.hgetall(ledger)).toEqual(ledgerBefore);
        const scratch = store.keys.assetScratch(registered.asset.name);
        expect(await store.redis.keys(`${scratch}*`)).toEqual([]);
      },
    ),
    { numRuns: 40 },
  );
});

test("a settlement after a wipe under a valid claim is recorded; a wipe leaves no empty key", async () => {
  const registered = await freshAsset();
  const { name } = registered.asset;
  await give(
    registered,
    addresses.map((_, at) => (at === 0 ? "running" : at % 2 ? "failed" : "succeeded")),
  );
  await wipePartitions(store, registered, subsetAt(addresses), { what: "wiped" });
  const claim = { ...addresses[0], backfillId: backfill, claimNumber: 1 };
  const { lane = "", ordinal = 0 } = claim;
  const settlement = { lane, ordinal, backfillId: backfill, claimNumber: 1 };
  const facts = { outcome: "succeeded", attempt: 1, durationMs: 5, note: '{"rows":1}' } as const;
  expect(await settlePartitions(store, registered, session, [{ ...settlement, ...facts }])).toEqual(
    ["settled"],
  );
  await wipePartitions(store, registered, subsetAt(addresses), { what: "wiped" });
  const left = (await store.redis.keys(`${store.keys.root(name)}:*`)).map((key) =>
    key.slice(store.keys.root(name).length + 1).replace(/:.*/, ""),
  );
  expect(new Set(left)).toEqual(
    new Set([
      "meta",
      "code_versions",
      "backfills",
      "registry",
      "sessions",
      "settlements",
      "audit",
      "ledger",
      "plane",
    ]),
  );
  // Only the in_progress plane is left, with no bit set: only claims write it.
  const planes = await store.redis.keys(`${store.keys.root(name)}:plane:*`);
  for (const key of planes) {
    expect(key).toContain(":in_progress:");
    expect(await store.redis.bitcount(key)).toBe(0);
  }
});

test("an asset that Redis has lost is refused, and nothing is written", async () => {
  const registered = await freshAsset();
  await store.redis.hset(store.keys.meta(registered.asset.name), "epoch", "another");
  const keysNow = () => store.redis.keys(`${store.keys.root(registered.asset.name)}*`);
  const before = await keysNow();
  for (const change of [markPartitions, wipePartitions]) {
    await expect(
      change(store, registered, subsetAt(addresses), { what: "changed" }),
    ).rejects.toMatchObject({ code: "INFILL_ASSET_UNREGISTERED" });
  }
  expect(await readPartitionAudit(store, registered.asset.name, undefined, 10)).toEqual([]);
  expect((await keysNow()).toSorted()).toEqual(before.toSorted());
});

test("a million partitions are marked and wiped in seconds, each with a record, under one entry", async () => {
  const made = asset({ name: "million", partitions: hours, codeVersion: "1", materialize() {} });
  const registered = await registerAsset(store, made);
  const first = Math.floor(Date.UTC(1900, 0, 1) / 3_600_000);
  const last = first + 1_000_000 - 1;
  const run = Array.from({ length: 1_000_000 }, (_, at) => first + at);
  const million = subsetFromLanes(hours, [[[], integersFromSorted(run)]]);
  expect(
    await markPartitions(store, registered, million, { what: "marked", actor: "ann" }),
  ).toEqual({
    changed: 1_000_000,
    leftOut: 0,
  });
  const ends = [first, first + 1, last - 1, last].map((ordinal) => ({ lane: "", ordinal }));
  const records = await readRecords(store, "million", ends);
  expect(records).toHaveLength(4);
  for (const record of records) expect(record).toMatchObject({ backfillNumber: 0, attempt: 0 });
  const [none] = await readRecords(store, "million", [{ lane: "", ordinal: last + 1 }]);
  expect(none).toBeUndefined();
  const places = [{ lane: "", ordinals: integersFromSorted(run) }];
  const [plane] = await readAssetPlane(store, "million", "materialized", places);
  expect(countIntegers(plane?.ordinals ?? noIntegers)).toBe(1_000_000);
  await wipePartitions(store, registered, million, { what: "wiped", actor: "ann" });
  const left = await store.redis.keys(`${store.keys.root("million")}:*`);
  expect(left.filter((key) => /:(plane|records|errors|metadata):/.test(key))).toEqual([]);
  const audit = await readPartitionAudit(store, "million", undefined, 10);
  expect(audit.map(({ what, actor }) => [what, actor])).toEqual([
    ["wiped", "ann"],
    ["marked", "ann"],
  ]);
});
