import { asset } from "@infill/core";
import { staticPartitions } from "@infill/partitions";
import { expect, test } from "vitest";
import { registerAsset } from "../index.ts";
import { pageRecords } from "../keys/keys.ts";
import { recordBytes } from "../keys/partitionRecord.ts";
import { carryPages } from "./carryPages.ts";
import type { StatePage } from "./statePages.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();
let next = 1;

/** A record, and a note of each kind. */
const record = Buffer.alloc(recordBytes, 7);
const error = '{"name":"E"}';

interface CarriedPartition {
  /** "m" materialized, "f" failed, "r" a record; "e", "d" and "a": an error, metadata, attempts. */
  readonly parts: string;
  /** Its new ordinal. */
  readonly to: number;
}

/** An asset under an operation. */
async function changingAsset(operation: string): Promise<string> {
  const name = `carried${next++}`;
  const partitions = staticPartitions(["k"]);
  await registerAsset(store, asset({ name, partitions, materialize: () => {} }));
  await store.redis.hset(store.keys.meta(name), "operation", operation);
  return name;
}

/** Carries partitions that are neighbors in a page of another lane, each to its own place. */
function carry(name: string, operation: string, moved: readonly CarriedPartition[]) {
  const bits = (part: string) => {
    const bytes = Buffer.alloc(pageRecords / 8);
    for (const [at, { parts }] of moved.entries())
      if (parts.includes(part)) bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (128 >> (at & 7));
    return bytes;
  };
  const notes = (part: string) =>
    moved.flatMap(({ parts }, at) =>
      parts.includes(part) ? [[at, Buffer.from(`${error}${part}`)] as const] : [],
    );
  const none = Buffer.alloc(recordBytes);
  const page: StatePage = {
    ...{ lane: "9", first: 0, materialized: bits("m"), failed: bits("f") },
    records: Buffer.concat(moved.map(({ parts }) => (parts.includes("r") ? record : none))),
    notes: ["e", "d", "a"].map(notes),
  };
  const runs = moved.map(({ to }, place) => ({ place, length: 1, to: { lane: "", ordinal: to } }));
  return carryPages(store, name, operation, { runsOf: () => runs }, [page]);
}

/** What the keys of the new definition hold, in the words of {@link CarriedPartition}. */
async function look(name: string, chunk: number, pages: readonly number[]) {
  const { redis, keys } = store;
  const found: Record<number, string> = {};
  const add = (ordinal: number, part: string) =>
    (found[ordinal] = `${found[ordinal] ?? ""}${part}`);
  for (const plane of ["materialized", "failed"] as const) {
    const bytes = await redis.getBuffer(keys.next(keys.plane(name, "", plane, chunk)));
    for (let bit = 0; bit < 8 * (bytes?.length ?? 0); bit++)
      if (((bytes?.[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1)
        add(chunk * 32_768 + bit, plane.charAt(0));
  }
  for (const page of pages) {
    const bytes = await redis.getBuffer(keys.next(keys.records(name, "", page)));
    if (bytes !== null) expect(bytes).toHaveLength(pageRecords * recordBytes);
    for (let at = 0; at < pageRecords; at++) {
      const held = bytes?.subarray(at * recordBytes, (at + 1) * recordBytes) ?? Buffer.alloc(0);
      if (held.equals(record)) add(page * pageRecords + at, "r");
      else if (held.some((byte) => byte !== 0)) add(page * pageRecords + at, "?");
    }
    for (const [kind, part] of [
      ["errors", "e"],
      ["metadata", "d"],
      ["attempts", "a"],
    ] as const)
      for (const [at, text] of Object.entries(
        await redis.hgetall(keys.next(keys[kind](name, "", page))),
      ))
        add(page * pageRecords + Number(at), text === `${error}${part}` ? part : "?");
  }
  return found;
}

test.each([
  { what: "a materialized partition with everything", to: 3, parts: "mrda" },
  { what: "a failed partition with its error", to: 3, parts: "frea" },
  { what: "a partition that was materialized and then failed", to: 3, parts: "mf" },
  { what: "a partition that has a record alone", to: 3, parts: "r" },
  { what: "a partition that has attempts alone", to: 3, parts: "a" },
  { what: "the last partition of a page", to: 127, parts: "mr" },
  { what: "a partition of the second page", to: 130, parts: "mfreda" },
  { what: "a partition of the second chunk", to: 32_768 + 2 * 128 + 1, parts: "mfreda" },
  { what: "a partition before the first one", to: -1, parts: "mfreda" },
])("carry_partitions: writes $what to its new place", async ({ to, parts }) => {
  const name = await changingAsset("reset");
  const [chunk, page] = [Math.floor(to / 32_768), Math.floor(to / 128)];
  // A second call changes nothing.
  for (let call = 0; call < 2; call++) {
    expect(await carry(name, "reset", [{ parts, to }])).toBe(true);
    expect(await look(name, chunk, [page])).toEqual({ [to]: parts });
  }
});

test("carry_partitions: partitions of one page, and those that were carried before, stay side by side", async () => {
  const name = await changingAsset("reset");
  const first = [
    { parts: "mr", to: 1 },
    { parts: "fre", to: 2 },
    { parts: "mr", to: 127 },
    { parts: "mr", to: 200 },
  ];
  expect(await carry(name, "reset", first)).toBe(true);
  expect(await carry(name, "reset", [{ parts: "mrd", to: 0 }])).toBe(true);
  expect(await look(name, 0, [0, 1])).toEqual({
    ...{ 0: "mrd", 1: "mr", 2: "fre", 127: "mr", 200: "mr" },
  });
});

test.each([
  { underWay: "rename b", operation: "reset" },
  { underWay: undefined, operation: "reset" },
])(
  "carry_partitions: writes nothing for $operation while $underWay is under way",
  async ({ underWay, operation }) => {
    const name = await changingAsset(underWay ?? "");
    if (underWay === undefined) await store.redis.hdel(store.keys.meta(name), "operation");
    expect(await carry(name, operation, [{ parts: "mfreda", to: 3 }])).toBe(false);
    expect(await look(name, 0, [0])).toEqual({});
  },
);
