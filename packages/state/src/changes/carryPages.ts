import { z } from "zod";
import { pageOf, pageRecords } from "../keys/keys.ts";
import { recordBytes } from "../keys/partitionRecord.ts";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";
import type { PagePlaces, PlacedRun } from "./pagePlaces.ts";
import { hasBytes, noteKinds, pageBytes, placeOfPage, type StatePage } from "./statePages.ts";

const carryScript = defineScript("carry_partitions", z.tuple([z.enum(["carried", "outdated"])]));

/** Pages that one call writes, and the bytes after which it takes no further page. */
const pagesPerCall = 16;
const bytesPerCall = 262_144;

/** State on its way to one page under another definition. */
interface TargetPage {
  readonly lane: string;
  readonly page: number;
  readonly materialized: Buffer;
  readonly failed: Buffer;
  readonly records: (number | Buffer)[];
  readonly notes: (number | Buffer)[][];
  bytes: number;
}

/**
 * Writes the state of some pages to their places under another definition, in keys that nobody
 * reads yet. At most 16 pages a call.
 *
 * @returns whether the operation is still under way
 */
export async function carryPages(
  { redis, keys }: StateStore,
  asset: string,
  operation: string,
  places: Pick<PagePlaces, "runsOf">,
  pages: readonly StatePage[],
): Promise<boolean> {
  const targets = new Map<string, TargetPage>();
  for (const page of pages)
    for (const run of places.runsOf(page.lane, page.first)) carryRun(targets, page, run);
  const waiting = [...targets.values()].filter(hasState);
  while (waiting.length > 0) {
    const names = [keys.meta(asset)];
    const args: (string | number | Buffer)[] = [operation];
    let bytes = 0;
    for (let count = 0; count < pagesPerCall && bytes < bytesPerCall; count++) {
      const target = waiting.shift();
      if (target === undefined) break;
      const { lane, page, materialized, failed, records, notes } = target;
      const { chunk, from } = placeOfPage(page);
      names.push(
        ...[
          keys.plane(asset, lane, "materialized", chunk),
          keys.plane(asset, lane, "failed", chunk),
          keys.records(asset, lane, page),
          ...noteKinds.map((kind) => keys[kind](asset, lane, page)),
        ].map(keys.next),
      );
      args.push(from, trimBits(materialized), trimBits(failed));
      for (const list of [records, ...notes]) args.push(list.length, ...list);
      bytes += target.bytes;
    }
    const [word] = await carryScript(redis, names, args);
    if (word === "outdated") return false;
  }
  return true;
}

/** Adds one run of a page to its target pages. */
function carryRun(targets: Map<string, TargetPage>, source: StatePage, run: PlacedRun): void {
  for (let done = 0; done < run.length; ) {
    const ordinal = run.to.ordinal + done;
    const page = pageOf(ordinal);
    const to = ordinal - page * pageRecords;
    const from = run.place + done;
    const length = Math.min(run.length - done, pageRecords - to);
    done += length;
    const name = `${run.to.lane}:${page}`;
    let target = targets.get(name);
    if (target === undefined) targets.set(name, (target = newTarget(run.to.lane, page)));
    copyBits(source.materialized, from, target.materialized, to, length);
    copyBits(source.failed, from, target.failed, to, length);
    const records = source.records.subarray(from * recordBytes, (from + length) * recordBytes);
    if (hasBytes(records)) {
      target.records.push(to, records);
      target.bytes += records.length;
    }
    for (const [kind, notes] of source.notes.entries())
      for (const [place, text] of notes) {
        if (place < from || place >= from + length) continue;
        target.notes[kind]?.push(to + place - from, text);
        target.bytes += text.length;
      }
  }
}

function newTarget(lane: string, page: number): TargetPage {
  return {
    ...{ lane, page, bytes: 0, records: [] },
    ...{ materialized: Buffer.alloc(pageBytes), failed: Buffer.alloc(pageBytes) },
    notes: noteKinds.map(() => []),
  };
}

function copyBits(source: Buffer, from: number, target: Buffer, to: number, length: number): void {
  if (length === pageRecords) {
    source.copy(target);
    return;
  }
  for (let at = 0; at < length; at++) {
    const bit = ((source[(from + at) >> 3] ?? 0) >> (7 - ((from + at) & 7))) & 1;
    if (bit === 1)
      target[(to + at) >> 3] = (target[(to + at) >> 3] ?? 0) | (128 >> ((to + at) & 7));
  }
}

/** Without zeros at the end, so that a bitmap gets no longer than its last bit needs. */
function trimBits(bits: Buffer): Buffer {
  let end = bits.length;
  while (end > 0 && bits[end - 1] === 0) end--;
  return bits.subarray(0, end);
}

function hasState({ materialized, failed, records, notes }: TargetPage): boolean {
  return (
    records.length > 0 ||
    notes.some((list) => list.length > 0) ||
    hasBytes(materialized) ||
    hasBytes(failed)
  );
}
