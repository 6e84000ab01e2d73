import { asset } from "@infill/core";
import { staticPartitions, subsetFromKeys, type PartitionsSubset } from "@infill/partitions";
import { type RegisteredAsset, registerAsset, type StateStore } from "../index.ts";
import { pageRecords } from "../keys/keys.ts";
import { recordBytes, unpackRecord } from "../keys/partitionRecord.ts";

/**
 * What an asset holds of partitions by ordinal, as words in this order:
 *
 * - `materialized`, `failed`, `running`: a bit of the plane
 * - `record`: a record of a run; `marked`: the record of a mark during the call
 * - `earlier`: a record of the run before
 * - `error`, `metadata`, `attempts`: a note of that kind
 */
export type RecordRow = Readonly<Record<number, string>>;

export interface RecordScene {
  readonly registered: RegisteredAsset;
  /** @param ordinals ranges with both ends, such as "0-127 130" */
  subsetOf(ordinals: string): PartitionsSubset;
  readState(): Promise<RecordRow>;
}

const planes = { materialized: "materialized", failed: "failed", running: "in_progress" } as const;
const notes = { error: "errors", metadata: "metadata", attempts: "attempts" } as const;
/** Three pages, all in one chunk. */
const count = 3 * pageRecords;
const emptyRecord = Buffer.alloc(recordBytes);
/** Settled at 1, at the first attempt. */
const ranRecord = Buffer.from("00000000000100000005000001000101abcdef", "hex");

let nextAsset = 1;

/** A new asset with 384 partitions that hold this. */
export async function openRecordScene(store: StateStore, before: RecordRow): Promise<RecordScene> {
  const { redis, keys } = store;
  const name = `records${nextAsset++}`;
  const names = Array.from({ length: count }, (_, ordinal) => `k${ordinal}`);
  const partitions = staticPartitions(names);
  const definition = asset({ name, partitions, codeVersion: "7", materialize: () => {} });
  const registered = await registerAsset(store, definition);
  for (const [text, words] of Object.entries(before)) {
    const ordinal = Number(text);
    const page = Math.floor(ordinal / pageRecords);
    const at = ordinal % pageRecords;
    const writeRecord = async (place: number) => {
      const records = keys.records(name, "", page);
      const known = (await redis.getBuffer(records)) ?? Buffer.alloc(pageRecords * recordBytes);
      const bytes = Buffer.alloc(
        Math.max(known.length, place < pageRecords ? 0 : 2 * known.length),
      );
      known.copy(bytes);
      ranRecord.copy(bytes, place * recordBytes);
      await redis.set(records, bytes);
    };
    for (const word of words.split(" ")) {
      if (isKey(planes, word))
        await redis.setbit(keys.plane(name, "", planes[word], 0), ordinal, 1);
      else if (isKey(notes, word))
        await redis.hset(keys[notes[word]](name, "", page), `${at}`, "{}");
      else if (word === "record") await writeRecord(at);
      else if (word === "earlier") await writeRecord(pageRecords + at);
      else throw new Error(`There is no part "${word}".`);
    }
  }
  const openedMs = await timeOf(store);

  return {
    registered,
    subsetOf(ordinals) {
      const chosen = ordinals.split(" ").flatMap((range) => {
        const [first = 0, last = first] = range.split("-").map(Number);
        return names.slice(first, last + 1);
      });
      return subsetFromKeys(partitions, chosen, { nowMs: 0 });
    },
    async readState() {
      const readMs = await timeOf(store);
      const found: Record<number, string[]> = {};
      const add = (ordinal: number, word: string) => (found[ordinal] ??= []).push(word);
      for (const [word, plane] of Object.entries(planes)) {
        const bytes = await redis.getBuffer(keys.plane(name, "", plane, 0));
        const before = words(found);
        for (let at = 0; at < 8 * (bytes?.length ?? 0); at++)
          if (((bytes?.[at >> 3] ?? 0) >> (7 - (at & 7))) & 1) add(at, word);
        if (bytes !== null && words(found) === before)
          throw new Error(`The plane ${plane} is empty.`);
      }
      for (let page = 0; page < count / pageRecords; page++) {
        const first = page * pageRecords;
        const bytes = (await redis.getBuffer(keys.records(name, "", page))) ?? Buffer.alloc(0);
        if (bytes.length > 0 && bytes.equals(Buffer.alloc(bytes.length)))
          throw new Error(`The records of page ${page} are empty.`);
        for (let at = 0; at < bytes.length / recordBytes; at++) {
          const record = bytes.subarray(at * recordBytes, (at + 1) * recordBytes);
          if (record.equals(emptyRecord)) continue;
          if (record.equals(ranRecord))
            add(first + (at % pageRecords), at < pageRecords ? "record" : "earlier");
          else add(first + at, wordOf(record, openedMs, readMs));
        }
        for (const [word, kind] of Object.entries(notes))
          for (const field of await redis.hkeys(keys[kind](name, "", page)))
            add(first + Number(field), word);
      }
      const scratch = await redis.keys(`${keys.assetScratch(name)}*`);
      if (scratch.length > 0) throw new Error(`A transition left ${scratch.join(", ")} behind.`);
      return Object.fromEntries(
        Object.entries(found).map(([ordinal, parts]) => [ordinal, parts.join(" ")]),
      );
    },
  };
}

function words(found: Readonly<Record<number, readonly string[]>>): number {
  return Object.values(found).flat().length;
}

/** "marked", or what a record holds that is neither of a mark nor of a scene. */
function wordOf(bytes: Buffer, openedMs: number, readMs: number): string {
  const { settledMs = 0, ...rest } = unpackRecord(bytes) ?? {};
  const facts = { durationMs: 0, backfillNumber: 0, codeVersionNumber: 1, failed: false };
  const expected = { ...facts, attempt: 0, claimTag: 0 };
  const isMark = JSON.stringify(rest) === JSON.stringify(expected);
  return isMark && openedMs <= settledMs && settledMs <= readMs
    ? "marked"
    : JSON.stringify({ settledMs, ...rest });
}

function isKey<Table extends object>(table: Table, key: PropertyKey): key is keyof Table {
  return key in table;
}

async function timeOf({ redis }: StateStore): Promise<number> {
  const [seconds, micros] = await redis.time();
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
}
