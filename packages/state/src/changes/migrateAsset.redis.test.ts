import { type AnyAsset, asset } from "@infill/core";
import {
  allPartitions,
  coverDefinition,
  daily,
  fingerprintOf,
  forEachLane,
  hourly,
  integers,
  multi,
  type PartitionsDefinition,
  staticPartitions,
} from "@infill/partitions";
import { beforeEach, expect, test } from "vitest";
import { registerAsset } from "../assets/registerAsset.ts";
import { chunkOf, chunkOrdinals, pageOf, pageRecords } from "../keys/keys.ts";
import type { PartitionAddress } from "../keys/partitionAddress.ts";
import { recordBytes } from "../keys/partitionRecord.ts";
import type { RegisteredAsset } from "../assets/registeredAssets.ts";
import type { StateStore } from "../store/stateStore.ts";
import { migrateAsset } from "./migrateAsset.ts";
import { previewKept } from "./previewKept.ts";
import { noteKinds } from "./statePages.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const context = { nowMs: Date.UTC(2024, 5, 1) };
const by = { actor: "test", reason: "" };
const store = await openTestStore();
let name = "";
let next = 1;

beforeEach(() => {
  name = `asset${next++}`;
});

const assetOf = (partitions: PartitionsDefinition): AnyAsset =>
  asset({ name, partitions, materialize: () => {} });

/** The stored state of one partition. */
interface Stored {
  readonly bits: string;
  readonly record: string;
  readonly notes: readonly string[];
}

/** Made-up state of the nth partition: most have a record, some failed, some have notes, some none. */
function storedOf(n: number): Stored | undefined {
  if (n % 11 === 7) return undefined;
  const has = (divisor: number, text: string) => (n % divisor === 0 ? `${text} ${n}` : "");
  return {
    bits: n % 5 === 3 ? "f" : n % 17 === 4 ? "" : "m",
    record: n % 3 === 2 ? "" : (n + 1).toString(16).padStart(recordBytes * 2, "0"),
    notes: [has(5, "error"), has(4, "metadata"), has(7, "attempts")],
  };
}

/** Writes made-up state for every partition. @returns the coordinates of each, in order */
async function fill(registered: RegisteredAsset): Promise<readonly (readonly number[])[]> {
  const all: (readonly number[])[] = [];
  forEachLane(allPartitions(registered.asset.partitions, context), (lane, ordinals) => {
    for (const ordinal of integers(ordinals)) all.push([...lane, ordinal]);
  });
  const { redis, keys } = store;
  const writing = redis.pipeline();
  for (const [n, coordinates] of all.entries()) {
    const state = storedOf(n);
    if (state === undefined) continue;
    const { lane, ordinal } = registered.ordinals.addressOf(coordinates);
    const [chunk, page] = [chunkOf(ordinal), pageOf(ordinal)];
    const place = ordinal - page * pageRecords;
    for (const [bit, plane] of [
      ["m", "materialized"],
      ["f", "failed"],
    ] as const)
      if (state.bits === bit)
        writing.setbit(keys.plane(name, lane, plane, chunk), ordinal - chunk * chunkOrdinals, 1);
    const records = keys.records(name, lane, page);
    if (state.record !== "")
      writing
        .setrange(records, pageRecords * recordBytes - 1, "\0")
        .setrange(records, place * recordBytes, Buffer.from(state.record, "hex"));
    for (const [index, kind] of noteKinds.entries()) {
      const text = state.notes[index] ?? "";
      if (text !== "") writing.hset(keys[kind](name, lane, page), place, text);
    }
  }
  await writing.exec();
  return all;
}

/** The stored state of some partitions. */
async function readAll(addresses: readonly PartitionAddress[]): Promise<Stored[]> {
  const { redis, keys } = store;
  const reading = redis.pipeline();
  for (const { lane, ordinal } of addresses) {
    const [chunk, page] = [chunkOf(ordinal), pageOf(ordinal)];
    const place = ordinal - page * pageRecords;
    for (const plane of ["materialized", "failed"] as const)
      reading.getbit(keys.plane(name, lane, plane, chunk), ordinal - chunk * chunkOrdinals);
    const at = place * recordBytes;
    reading.getrangeBuffer(keys.records(name, lane, page), at, at + recordBytes - 1);
    for (const kind of noteKinds) reading.hget(keys[kind](name, lane, page), String(place));
  }
  const answers = ((await reading.exec()) ?? []).map(([, answer]) => answer).values();
  const take = (): unknown => answers.next().value;
  return addresses.map(() => {
    const bits = `${take() === 1 ? "m" : ""}${take() === 1 ? "f" : ""}`;
    const record = take();
    const hasRecord = Buffer.isBuffer(record) && record.some((byte) => byte !== 0);
    const notes = noteKinds.map(take).map((text) => (typeof text === "string" ? text : ""));
    return { bits, record: hasRecord ? record.toString("hex") : "", notes };
  });
}

/** How many partitions have bits, records and notes. */
async function countStored(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const add = (kind: string, count: number) => (counts[kind] = (counts[kind] ?? 0) + count);
  for (const key of await store.redis.keys(`${store.keys.root(name)}:*`)) {
    const [kind = ""] = key.slice(store.keys.root(name).length + 1).split(":");
    if (kind === "plane")
      add(key.includes(":failed:") ? "f" : "m", await store.redis.bitcount(key));
    else if (noteKinds.some((each) => each === kind)) add(kind, await store.redis.hlen(key));
    else if (kind === "records") {
      const page = await store.redis.getBuffer(key);
      expect(page?.length).toBe(pageRecords * recordBytes);
      for (let place = 0; place < pageRecords; place++)
        add(
          kind,
          page?.subarray(place * recordBytes, (place + 1) * recordBytes).some(Boolean) ? 1 : 0,
        );
    } else if (kind === "next") add(kind, 1);
  }
  return counts;
}

/** Compares the state with a model that moves each partition by itself. */
async function expectMoved(
  before: PartitionsDefinition,
  after: AnyAsset,
  filled: readonly (readonly number[])[],
): Promise<void> {
  const axes = coverDefinition(fingerprintOf(before), after.partitions) ?? [];
  const { ordinals } = await registerAsset(store, after);
  const wanted: Record<string, number> = {};
  const addresses: PartitionAddress[] = [];
  const expected: Stored[] = [];
  for (const [n, coordinates] of filled.entries()) {
    const state = storedOf(n);
    const to = coordinates.flatMap((each, axis) => axes[axis]?.toPresent(each) ?? []);
    if (state === undefined || to.length < coordinates.length) continue;
    expected.push(state);
    addresses.push(ordinals.addressOf(to));
    const kinds = [state.bits, state.record === "" ? "" : "records"];
    for (const [index, kind] of noteKinds.entries())
      if (state.notes[index] !== "") kinds.push(kind);
    for (const kind of kinds) if (kind !== "") wanted[kind] = (wanted[kind] ?? 0) + 1;
  }
  expect(await readAll(addresses)).toEqual(expected);
  expect(await countStored()).toEqual(wanted);
}

const hours = (timezone: string, start = "2024-03-20") =>
  hourly({ start, end: "2024-04-20", timezone });
const days = (timezone: string) => daily({ start: "2023-01-01", end: "2024-05-01", timezone });
const byShop = (timezone: string, count: number, start?: string) =>
  multi({
    hour: hourly({ start: start ?? "2024-03-29", end: "2024-04-03", timezone }),
    shop: staticPartitions(Array.from({ length: count }, (_, at) => `s${at}`)),
  });

const moves: readonly [string, PartitionsDefinition, PartitionsDefinition][] = [
  ["hours to another zone", hours("UTC"), hours("America/New_York")],
  ["hours to a zone of half hours, which has none of them", hours("UTC"), hours("Asia/Kolkata")],
  ["days of which those of the summer differ", days("Europe/London"), days("UTC")],
  ["shops in tiles", byShop("UTC", 5), byShop("America/New_York", 5)],
  [
    "shops in tiles with another first row",
    byShop("UTC", 5),
    byShop("Europe/Berlin", 5, "2024-03-28"),
  ],
  ["shops in wider tiles", byShop("UTC", 3), byShop("Asia/Tokyo", 70)],
  [
    "two time dimensions",
    multi({ at: days("UTC"), seen: daily({ start: "2024-01-01", end: "2024-01-06" }) }),
    multi({
      at: days("Atlantic/Reykjavik"),
      seen: daily({ start: "2024-01-01", end: "2024-01-06", timezone: "Africa/Abidjan" }),
    }),
  ],
];

test.each(moves)("each partition keeps its state: %s", async (_, before, after) => {
  const filled = await fill(await registerAsset(store, assetOf(before)));
  const axes = coverDefinition(fingerprintOf(before), after) ?? [];
  const counts = { materialized: 0, failed: 0, dropped: 0 };
  for (const [n, coordinates] of filled.entries()) {
    const bits = storedOf(n)?.bits ?? "";
    if (bits === "") continue;
    if (coordinates.some((each, axis) => axes[axis]?.toPresent(each) === undefined))
      counts.dropped++;
    else if (bits === "f") counts.failed++;
    else counts.materialized++;
  }
  expect(await previewKept(store, assetOf(after), context)).toMatchObject(counts);
  await migrateAsset(store, assetOf(after), by, () => 0);
  await expectMoved(before, assetOf(after), filled);
});

/** The same store, whose connection breaks instead of the nth transition. */
function brokenAt(nth: number): { readonly store: StateStore; readonly calls: () => number } {
  let calls = 0;
  const redis = new Proxy(store.redis, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== "function") return value;
      if (typeof property !== "string" || !property.startsWith("infill_"))
        return value.bind(target) as unknown;
      return (...given: unknown[]): unknown => {
        if (++calls === nth) throw new Error("broken");
        return Reflect.apply(value, target, given);
      };
    },
  });
  const broken = new Proxy(store, {
    get: (target, property) =>
      property === "redis" ? redis : (Reflect.get(target, property, target) as unknown),
  });
  return { store: broken, calls: () => calls };
}

test("a move that breaks off at any transition is whole when it is called again", async () => {
  const before = byShop("UTC", 5);
  const after = byShop("America/New_York", 5);
  for (let nth = 1, isDone = false; !isDone; nth++) {
    name = `broken${nth}`;
    const filled = await fill(await registerAsset(store, assetOf(before)));
    const broken = brokenAt(nth);
    const moving = migrateAsset(broken.store, assetOf(after), by, () => 0);
    isDone = await moving.then(
      () => true,
      (error: unknown) => {
        expect(error).toMatchObject({ message: "broken" });
        return false;
      },
    );
    if (isDone) expect(broken.calls()).toBeGreaterThan(7);
    // Breaking off twice at the same place changes nothing either.
    else await migrateAsset(brokenAt(1).store, assetOf(after), by, () => 0).catch(() => {});
    if (!isDone) await migrateAsset(store, assetOf(after), by, () => 0);
    await expectMoved(before, assetOf(after), filled);
  }
});

test("the preview counts the partitions that the recorded definition did not have", async () => {
  await fill(await registerAsset(store, assetOf(byShop("UTC", 3))));
  const hoursOfFiveDays = 5 * 24;
  expect(await previewKept(store, assetOf(byShop("Asia/Tokyo", 5)), context)).toMatchObject({
    added: 2 * hoursOfFiveDays,
  });
  expect(await previewKept(store, assetOf(byShop("Asia/Kolkata", 5)), context)).toMatchObject({
    ...{ materialized: 0, failed: 0 },
    added: 5 * hoursOfFiveDays,
  });
});
