import { z } from "zod";
import { assetKeys } from "../assets/assetKeys.ts";
import { chunkOf, chunkOrdinals, pageOf, pageRecords } from "../keys/keys.ts";
import { recordBytes } from "../keys/partitionRecord.ts";
import { answersOf } from "../redis/answersOf.ts";
import type { StateStore } from "../store/stateStore.ts";

/** Hashes beside a page of records, by the partition's place in the page. */
export const noteKinds = ["errors", "metadata", "attempts"] as const;

/** The state of the partitions of one page. */
export interface StatePage {
  readonly lane: string;
  /** The ordinal of its first place. */
  readonly first: number;
  /** 128 bits. */
  readonly materialized: Buffer;
  /** 128 bits. */
  readonly failed: Buffer;
  /** Whole records, from the first place on; empty for none. */
  readonly records: Buffer;
  /** Errors, metadata and attempts, by place. */
  readonly notes: readonly (readonly (readonly [place: number, text: Buffer])[])[];
}

/** Bytes of a page in a bit-plane. */
export const pageBytes = pageRecords / 8;
/** Pages that one call reads. */
const pagesPerRead = 16;
const chunkBytes = chunkOrdinals / 8;
const nothing = Buffer.alloc(0);

/** Parts of a page that exist: bit-planes, records, then one bit for each kind of note. */
const planePart = 1;
const recordsPart = 2;
const notePart = (index: number) => 4 << index;

/**
 * Reads the state of an asset's partitions, 16 pages at a time. Keeps the numbers of the pages in
 * memory: 80,000 for ten million partitions.
 */
export async function* statePages(
  store: StateStore,
  asset: string,
): AsyncGenerator<readonly StatePage[]> {
  let batch: PageParts[] = [];
  for (const [lane, pages] of await partsOfPages(store, asset)) {
    for (const [page, parts] of pages) {
      batch.push({ lane, page, parts });
      if (batch.length < pagesPerRead) continue;
      yield await readPages(store, asset, batch);
      batch = [];
    }
  }
  if (batch.length > 0) yield await readPages(store, asset, batch);
}

interface PageParts {
  readonly lane: string;
  readonly page: number;
  readonly parts: number;
}

/** The pages that may have state, by lane, with their parts. */
async function partsOfPages(
  store: StateStore,
  asset: string,
): Promise<ReadonlyMap<string, ReadonlyMap<number, number>>> {
  const lanes = new Map<string, Map<number, number>>();
  const note = (lane: string, page: number, part: number) => {
    let pages = lanes.get(lane);
    if (pages === undefined) lanes.set(lane, (pages = new Map()));
    pages.set(page, (pages.get(page) ?? 0) | part);
  };
  for await (const found of assetKeys(store, asset)) {
    for (const { name, kind, parts } of found) {
      const { lane = "", page = "", chunk = "" } = parts;
      if (kind === "records") note(lane, Number(page), recordsPart);
      const index = noteKinds.findIndex((each) => each === kind);
      if (index >= 0) note(lane, Number(page), notePart(index));
      if (kind !== "plane") continue;
      const bytes = (await store.redis.getBuffer(name)) ?? nothing;
      const firstPage = pageOf(Number(chunk) * chunkOrdinals);
      for (let at = 0; at < bytes.length; at += pageBytes)
        if (hasBytes(bytes.subarray(at, at + pageBytes)))
          note(lane, firstPage + at / pageBytes, planePart);
    }
  }
  return lanes;
}

const bufferMap = z.record(
  z.string(),
  z.custom<Buffer>((value) => Buffer.isBuffer(value)),
);

async function readPages(
  { redis, keys }: StateStore,
  asset: string,
  batch: readonly PageParts[],
): Promise<StatePage[]> {
  const reading = redis.multi();
  for (const { lane, page, parts } of batch) {
    const { chunk, from } = placeOfPage(page);
    if ((parts & planePart) !== 0)
      for (const plane of ["materialized", "failed"] as const)
        reading.getrangeBuffer(keys.plane(asset, lane, plane, chunk), from, from + pageBytes - 1);
    if ((parts & recordsPart) !== 0) reading.getBuffer(keys.records(asset, lane, page));
    for (const [index, kind] of noteKinds.entries())
      if ((parts & notePart(index)) !== 0) reading.hgetallBuffer(keys[kind](asset, lane, page));
  }
  const answers = answersOf(await reading.exec()).values();
  const next = (isThere: boolean): unknown => (isThere ? answers.next().value : undefined);
  return batch.map(({ lane, page, parts }) => ({
    ...{ lane, first: page * pageRecords },
    materialized: bitsOf(next((parts & planePart) !== 0)),
    failed: bitsOf(next((parts & planePart) !== 0)),
    records: recordsOf(next((parts & recordsPart) !== 0)),
    notes: noteKinds.map((_, index) => notesOf(next((parts & notePart(index)) !== 0))),
  }));
}

/** Where a page's bits are: its chunk, and the first byte in that. */
export function placeOfPage(page: number): { readonly chunk: number; readonly from: number } {
  const chunk = chunkOf(page * pageRecords);
  return { chunk, from: page * pageBytes - chunk * chunkBytes };
}

function bitsOf(answer: unknown): Buffer {
  const bits = Buffer.alloc(pageBytes);
  if (Buffer.isBuffer(answer)) answer.copy(bits);
  return bits;
}

function recordsOf(answer: unknown): Buffer {
  if (!Buffer.isBuffer(answer)) return nothing;
  const length = Math.min(answer.length, pageRecords * recordBytes);
  return answer.subarray(0, length - (length % recordBytes));
}

function notesOf(answer: unknown): StatePage["notes"][number] {
  if (answer === undefined) return [];
  return Object.entries(bufferMap.parse(answer)).flatMap(([field, text]) => {
    const place = Number(field);
    const isPlace = String(place) === field && place >= 0 && place < pageRecords;
    return isPlace && text.length > 0 ? [[place, text] as const] : [];
  });
}

/** Whether any byte is not 0. */
export function hasBytes(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte !== 0) return true;
  return false;
}
