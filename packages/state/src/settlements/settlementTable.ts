import { countIntegers, forEachRun, type IntegerSet } from "@infill/partitions";
import type { LaneOrdinals } from "../keys/assetOrdinals.ts";
import { pageRecords } from "../keys/keys.ts";
import { recordBytes } from "../keys/partitionRecord.ts";
import type { StateStore } from "../store/stateStore.ts";

/** Record pages that one round trip reads: 2.4 KB each. */
const pagesPerCall = 256;

/**
 * The last settlements of many partitions, a row each, in columns: 14 bytes for each partition.
 * Rows are sorted by lane, then ordinal. A partition that never settled has no row.
 */
export interface SettlementTable {
  readonly count: number;
  /** Rows `[from, end)` belong to the lane. */
  readonly lanes: readonly LaneRows[];
  readonly ordinals: Int32Array;
  /** Epoch milliseconds, by Redis' clock. */
  readonly settledMs: Float64Array;
  readonly codeVersionNumbers: Uint16Array;
}

export interface LaneRows {
  readonly lane: string;
  readonly from: number;
  readonly end: number;
}

/**
 * Reads when partitions were last settled, and by which code version. Reads hundreds of record
 * pages at a time, and unpacks one batch while the next one arrives, so that ten million partitions
 * take 140 MB here and not another 190 MB for the raw records.
 *
 * @param places whose records are read; each lane once
 */
export async function readSettlementTable(
  store: StateStore,
  asset: string,
  places: readonly LaneOrdinals[],
): Promise<SettlementTable> {
  const most = places.reduce((sum, { ordinals }) => sum + countIntegers(ordinals), 0);
  const columns = {
    ordinals: new Int32Array(most),
    settledMs: new Float64Array(most),
    codeVersionNumbers: new Uint16Array(most),
  };
  const lanes: { lane: string; from: number; end: number }[] = [];
  let count = 0;
  const wanted = pagesOf(places);
  const fetchPages = (first: number): Promise<(Buffer | null)[]> => {
    const page = wanted.slice(first, first + pagesPerCall);
    return page.length === 0
      ? Promise.resolve([])
      : store.redis.mgetBuffer(
          page.map(({ lane, page: at }) => store.keys.records(asset, lane, at)),
        );
  };
  let coming = fetchPages(0);
  for (let first = 0; first < wanted.length; first += pagesPerCall) {
    const pages = await coming;
    coming = fetchPages(first + pagesPerCall);
    for (const [index, bytes] of pages.entries()) {
      const place = wanted[first + index];
      if (place === undefined || bytes === null) continue;
      const before = count;
      count = unpackPage(bytes, place, columns, count);
      if (count === before) continue;
      const last = lanes.at(-1);
      if (last?.lane === place.lane) last.end = count;
      else lanes.push({ lane: place.lane, from: before, end: count });
    }
  }
  return { count, lanes, ...columns };
}

interface WantedPage {
  readonly lane: string;
  readonly page: number;
  /** The wanted partitions of the page: offsets `[start, end)`, one pair after another. */
  readonly runs: number[];
}

function pagesOf(places: readonly LaneOrdinals[]): WantedPage[] {
  const wanted: WantedPage[] = [];
  for (const { lane, ordinals } of places) pagesOfLane(lane, ordinals, wanted);
  return wanted;
}

function pagesOfLane(lane: string, ordinals: IntegerSet, wanted: WantedPage[]): void {
  let last: WantedPage | undefined;
  forEachRun(ordinals, (start, end) => {
    for (let at = start; at < end; ) {
      const page = Math.floor(at / pageRecords);
      const first = page * pageRecords;
      if (last?.page !== page) wanted.push((last = { lane, page, runs: [] }));
      const stop = Math.min(end, first + pageRecords);
      last.runs.push(at - first, stop - first);
      at = stop;
    }
  });
}

/** Appends the rows of one page. @returns the number of rows after it */
function unpackPage(
  bytes: Buffer,
  { page, runs }: WantedPage,
  columns: Pick<SettlementTable, "ordinals" | "settledMs" | "codeVersionNumbers">,
  rows: number,
): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let row = rows;
  for (let index = 0; index < runs.length; index += 2) {
    for (let offset = runs[index] ?? 0; offset < (runs[index + 1] ?? 0); offset++) {
      const at = offset * recordBytes;
      if (at + recordBytes > bytes.length) break;
      const settledMs = view.getUint16(at) * 0x1_0000_0000 + view.getUint32(at + 2);
      if (settledMs === 0) continue;
      columns.ordinals[row] = page * pageRecords + offset;
      columns.settledMs[row] = settledMs;
      columns.codeVersionNumbers[row] = view.getUint16(at + 13);
      row++;
    }
  }
  return row;
}
