import { asset } from "@infill/core";
import {
  allPartitions,
  daily,
  integers,
  integersFromSorted,
  multi,
  type PartitionsSubset,
  staticPartitions,
  subsetFromKeys,
} from "@infill/partitions";
import { expect, test } from "vitest";
import {
  addPartitions,
  cancelPartitions,
  claimPartitions,
  deleteLedger,
  type LedgerPlane,
  lookAtLedger,
  openLedger,
  openStateStore,
  readLedgerCounters,
  readLedgerPlane,
  readSelected,
  type RegisteredAsset,
  registerAsset,
  reopenPartitions,
  reservePartitions,
  sealLedger,
  settlePartitions,
  settleUnstarted,
  unsealLedger,
} from "../index.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const context = { nowMs: Date.UTC(2024, 5, 1) };
const store = await openTestStore();
let number = 1;

/**
 * Days of 130 years, so that ordinals lie in two chunks, for three regions, so that there are
 * lanes.
 */
const partitions = multi({
  date: daily({ start: "1900-01-01", end: "2024-01-01" }),
  region: staticPartitions(["eu", "us", "asia"]),
});
const planes: readonly LedgerPlane[] = [
  "queued",
  "settled",
  "failed",
  "skipped",
  "canceled",
  "dropped",
];

interface Ledger {
  readonly registered: RegisteredAsset;
  readonly name: string;
  readonly selected: PartitionsSubset;
}

/** A ledger "bf_A" of a new asset. */
async function opened(keys?: readonly string[]): Promise<Ledger> {
  const name = `asset${number++}`;
  const registered = await registerAsset(store, asset({ name, partitions, materialize() {} }));
  const selected =
    keys === undefined
      ? allPartitions(partitions, context)
      : subsetFromKeys(partitions, keys, context);
  await openLedger(store, registered, "bf_A", selected);
  return { registered, name, selected };
}

/** Settles the open ones of the given keys; without an execution if they are skipped or canceled. */
async function settle(
  { registered, name }: Ledger,
  keys: readonly string[],
  outcome: "succeeded" | "failed" | "skipped" | "canceled",
): Promise<void> {
  const subset = subsetFromKeys(partitions, keys, context);
  if (outcome === "canceled") {
    await cancelPartitions(store, registered, "bf_A", subset, "hand");
    return;
  }
  for (const lane of registered.ordinals.lanesOf(subset)) {
    if (outcome === "skipped") {
      const why = { outcome, asset: name, lane: lane.lane, ordinal: 0 } as const;
      await settleUnstarted(store, name, "bf_A", lane, why);
      continue;
    }
    const ordinals = [...integers(lane.ordinals)];
    await reservePartitions(store, name, "bf_A", 1_000, [{ lane: lane.lane, ordinals }]);
    const claims = ordinals.map((ordinal) => ({
      backfillId: "bf_A",
      lane: lane.lane,
      ordinal,
      claimNumber: number++,
    }));
    await claimPartitions(store, registered, "s", 60_000, claims);
    const settled = claims.map((claim) => ({
      ...claim,
      outcome,
      attempt: 1,
      durationMs: 1,
      note: undefined,
    }));
    await settlePartitions(store, registered, "s", settled);
  }
}

/** Everything that a ledger holds, in either form. */
async function said({ name }: Ledger): Promise<unknown> {
  const selected = await readSelected(store, name, "bf_A");
  const all: Record<string, unknown> = {};
  for (const plane of planes) {
    const lanes = await readLedgerPlane(store, name, "bf_A", plane, selected);
    all[plane] = lanes
      .flatMap(({ lane, ordinals }) =>
        [...integers(ordinals)].map((ordinal) => `${lane}:${ordinal}`),
      )
      .toSorted();
  }
  return { ...all, counters: await readLedgerCounters(store, name, "bf_A") };
}

async function bitmaps({ name }: Ledger): Promise<string[]> {
  const found: string[] = [];
  const match = `${store.keys.ledger(name, "bf_A")}:*`;
  for await (const page of store.redis.scanStream({ match, count: 1_000 })) found.push(...page);
  return found.filter((key) => /:(queued|settled|failed|skipped|canceled|dropped):/.test(key));
}

async function findings({ name }: Ledger): Promise<string[]> {
  const places = new Map(
    (await bitmaps({ name } as Ledger)).map((key) => {
      const [, lane = "", chunk = ""] = /:([^:]*):(-?\d+)$/.exec(key) ?? [];
      return [`${lane}:${chunk}`, { lane, chunk: Number(chunk) }] as const;
    }),
  );
  const look = await lookAtLedger(store, { asset: name, backfillId: "bf_A", places });
  return look.found.map(({ check }) => check);
}

const days = (region: string, ...all: string[]) => all.map((day) => `${day}|${region}`);
const everyOutcome = {
  succeeded: [...days("eu", "1900-01-01", "1900-01-02", "2023-12-31"), ...days("us", "2023-01-01")],
  failed: [...days("us", "1950-06-01", "2020-02-29"), ...days("asia", "1900-01-01")],
  skipped: [...days("eu", "1950-06-02"), ...days("asia", "2023-12-30", "2023-12-31")],
  canceled: [...days("us", "1901-01-01"), ...days("asia", "1999-12-31")],
};

async function settledEveryWay(): Promise<Ledger> {
  const ledger = await opened(Object.values(everyOutcome).flat());
  for (const [outcome, keys] of Object.entries(everyOutcome) as [
    keyof typeof everyOutcome,
    string[],
  ][])
    await settle(ledger, keys, outcome);
  return ledger;
}

test("sealing and unsealing change no answer, and a sealed ledger has no bitmap", async () => {
  const ledger = await settledEveryWay();
  const before = await said(ledger);
  const written = await bitmaps(ledger);
  expect(written.length).toBeGreaterThan(8);
  expect(await sealLedger(store, ledger.name, "bf_A")).toBe("sealed");
  expect(await bitmaps(ledger)).toEqual([]);
  expect(await said(ledger)).toEqual(before);
  expect(await findings(ledger)).toEqual([]);
  expect(await sealLedger(store, ledger.name, "bf_A")).toBe("stands");
  await unsealLedger(store, ledger.name, "bf_A");
  await unsealLedger(store, ledger.name, "bf_A");
  expect(await said(ledger)).toEqual(before);
  expect(await findings(ledger)).toEqual([]);
  // Bitmaps without a bit are not restored.
  expect((await bitmaps(ledger)).length).toBeLessThan(written.length);
  expect(await sealLedger(store, ledger.name, "bf_A")).toBe("sealed");
});

test("the seal of a ledger with successes only is one byte", async () => {
  const keys = days("eu", "1900-01-01", "2023-12-31");
  const ledger = await opened(keys);
  await settle(ledger, keys, "succeeded");
  expect(await sealLedger(store, ledger.name, "bf_A")).toBe("sealed");
  expect(await store.redis.hstrlen(store.keys.ledger(ledger.name, "bf_A"), "sealed")).toBe(1);
});

test("a ledger with a partition that is open, queued or running is not sealed", async () => {
  const [first = "", second = ""] = days("eu", "1900-01-01", "1900-01-02");
  const ledger = await opened([first, second]);
  expect(await sealLedger(store, ledger.name, "bf_A")).toBe("unsettled");
  await settle(ledger, [first], "succeeded");
  expect(await sealLedger(store, ledger.name, "bf_A")).toBe("unsettled");
  await settle(ledger, [second], "failed");
  await store.redis.hset(store.keys.ledger(ledger.name, "bf_A"), "in_progress", 1);
  expect(await sealLedger(store, ledger.name, "bf_A")).toBe("unsettled");
  await store.redis.hset(store.keys.ledger(ledger.name, "bf_A"), "in_progress", 0);
  expect(await sealLedger(store, ledger.name, "bf_A")).toBe("sealed");
  expect(await sealLedger(store, ledger.name, "bf_none")).toBe("missing");
});

test("a ledger whose bitmaps contradict its counters is left to the doctor", async () => {
  const ledger = await settledEveryWay();
  const { keys, redis } = store;
  await redis.setbit(keys.ledgerPlane(ledger.name, "bf_A", "0", "queued", 0), 77, 1);
  expect(await sealLedger(store, ledger.name, "bf_A")).toBe("damaged");
  expect(await redis.hexists(keys.ledger(ledger.name, "bf_A"), "sealed")).toBe(0);
});

test("changes unseal a sealed ledger, and calls that find all settled leave it sealed", async () => {
  const { keys, redis } = store;
  const ledger = await settledEveryWay();
  const seal = async () => expect(await sealLedger(store, ledger.name, "bf_A")).toBe("sealed");
  const isSealed = async () =>
    (await redis.hexists(keys.ledger(ledger.name, "bf_A"), "sealed")) === 1;
  await seal();
  const before = await said(ledger);
  const lanes = ledger.registered.ordinals.lanesOf(ledger.selected);
  // Late calls of a process with an older state have no effect.
  const [lane = { lane: "", ordinals: integersFromSorted([]) }] = lanes;
  const page = { lane: lane.lane, ordinals: [...integers(lane.ordinals)] };
  expect(await reservePartitions(store, ledger.name, "bf_A", 100, [page])).toMatchObject({
    kind: "reserved",
    queued: 0,
    marks: page.ordinals.map(() => ({ mark: "settled" })),
  });
  const gone = { outcome: "failed", reason: "PARTITION_GONE" } as const;
  expect(await settleUnstarted(store, ledger.name, "bf_A", lane, gone)).toBe(0);
  expect(
    await cancelPartitions(store, ledger.registered, "bf_A", ledger.selected, "cancel"),
  ).toEqual({ canceled: 0, running: 0 });
  const claim = {
    backfillId: "bf_A",
    lane: lane.lane,
    ordinal: page.ordinals[0] ?? 0,
    claimNumber: number++,
  };
  expect(await claimPartitions(store, ledger.registered, "s", 60_000, [claim])).toEqual([
    { kind: "gone" },
  ]);
  expect(await reopenPartitions(store, ledger.name, "bf_A", "failed", [])).toBe(0);
  expect(await isSealed()).toBe(true);
  expect(await said(ledger)).toEqual(before);
  // Retried, run again, and sealed again.
  expect(await reopenPartitions(store, ledger.name, "bf_A", "failed", lanes)).toBe(3);
  expect(await isSealed()).toBe(false);
  expect(await sealLedger(store, ledger.name, "bf_A")).toBe("unsettled");
  await settle(ledger, everyOutcome.failed, "succeeded");
  await seal();
  // Extended by a new partition and a dropped one.
  const more = subsetFromKeys(
    partitions,
    [...days("eu", "1977-07-07"), ...days("us", "1901-01-01")],
    context,
  );
  expect(await addPartitions(store, ledger.registered, "bf_A", more)).toBe(2);
  expect(await isSealed()).toBe(false);
  await settle(ledger, [...days("eu", "1977-07-07"), ...days("us", "1901-01-01")], "succeeded");
  await seal();
  expect(await readLedgerCounters(store, ledger.name, "bf_A")).toMatchObject({
    selected: 13,
    succeeded: 9,
    failed: 0,
    skipped: 3,
    canceled: 1,
  });
  expect(await findings(ledger)).toEqual([]);
});

test("an outcome for a waiting backfill changes nothing once its ledger is sealed", async () => {
  const key = days("eu", "2023-12-31");
  const ledger = await opened(key);
  const { registered, name } = ledger;
  await openLedger(store, registered, "bf_B", ledger.selected);
  const [lane = { lane: "", ordinals: integersFromSorted([]) }] = registered.ordinals.lanesOf(
    ledger.selected,
  );
  const ordinals = [...integers(lane.ordinals)];
  const place = { lane: lane.lane, ordinal: ordinals[0] ?? 0 };
  const claim = (backfillId: string) => ({ backfillId, ...place, claimNumber: number++ });
  for (const id of ["bf_A", "bf_B"])
    await reservePartitions(store, name, id, 1, [{ lane: lane.lane, ordinals }]);
  const running = claim("bf_B");
  await claimPartitions(store, registered, "s", 60_000, [running]);
  expect(await claimPartitions(store, registered, "other", 60_000, [claim("bf_A")])).toEqual([
    { kind: "held" },
  ]);
  await settle(ledger, key, "canceled");
  expect(await sealLedger(store, name, "bf_A")).toBe("sealed");
  const before = await said(ledger);
  await settlePartitions(store, registered, "s", [
    { ...running, outcome: "succeeded", attempt: 1, durationMs: 1, note: undefined },
  ]);
  expect(await said(ledger)).toEqual(before);
  expect(await bitmaps(ledger)).toEqual([]);
});

test("concurrent calls that seal, unseal, reopen and read each see a whole ledger", async () => {
  const ledger = await settledEveryWay();
  const selected = await readSelected(store, ledger.name, "bf_A");
  const other = await openStateStore(store.url, store.namespace, "other");
  const rounds = Array.from({ length: 60 }, (_, at) => at);
  const settledSeen = new Set<number>();
  try {
    await Promise.all([
      ...rounds.map(() => sealLedger(store, ledger.name, "bf_A")),
      ...rounds.map(() => unsealLedger(other, ledger.name, "bf_A")),
      ...rounds.map(async () => {
        const lanes = await readLedgerPlane(other, ledger.name, "bf_A", "settled", selected);
        settledSeen.add(
          lanes.reduce((sum, { ordinals }) => sum + [...integers(ordinals)].length, 0),
        );
      }),
    ]);
    expect([...settledSeen]).toEqual([12]);
    const reopened = await Promise.all([
      ...rounds.map(() => sealLedger(store, ledger.name, "bf_A")),
      ...rounds.map(() => reopenPartitions(other, ledger.name, "bf_A", "failed", selected)),
    ]);
    const counts = reopened.filter((answer) => typeof answer === "number");
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(3);
    expect(await findings(ledger)).toEqual([]);
  } finally {
    await other.close();
  }
});

test("deleting a sealed ledger leaves nothing, even if somebody unseals it meanwhile", async () => {
  const ledger = await settledEveryWay();
  await sealLedger(store, ledger.name, "bf_A");
  await Promise.all([
    deleteLedger(store, ledger.name, "bf_A", undefined),
    ...Array.from({ length: 20 }, () => unsealLedger(store, ledger.name, "bf_A")),
  ]);
  const left: string[] = [];
  for await (const page of store.redis.scanStream({
    match: `${store.keys.ledger(ledger.name, "bf_A")}*`,
  }))
    left.push(...page);
  expect(left).toEqual([]);
});

test("the doctor reports and repairs bitmaps beside a seal and counters that differ from it", async () => {
  const { keys, redis } = store;
  const ledger = await settledEveryWay();
  const before = await said(ledger);
  await sealLedger(store, ledger.name, "bf_A");
  await redis.setbit(keys.ledgerPlane(ledger.name, "bf_A", "0", "failed", 0), 3, 1);
  await redis.hset(keys.ledger(ledger.name, "bf_A"), "skipped", 7);
  expect(await findings(ledger)).toEqual(
    expect.arrayContaining(["sealed_differs", "counter_differs"]),
  );
  const places = new Map([["0:0", { lane: "0", chunk: 0 }]]);
  const look = await lookAtLedger(store, { asset: ledger.name, backfillId: "bf_A", places });
  for (const { repair } of look.found) await repair?.();
  expect(await findings(ledger)).toEqual([]);
  expect(await said(ledger)).toEqual(before);
});
