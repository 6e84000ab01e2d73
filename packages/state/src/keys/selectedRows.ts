import {
  decodeIntegers,
  encodeIntegers,
  firstIntegers,
  maxInteger,
  minInteger,
  type IntegerSet,
  countIntegers,
  subtractIntegers,
} from "@infill/partitions";
import type { LaneOrdinals } from "./assetOrdinals.ts";

/** Most bytes of a row, so that no value in Redis is larger than 64 KB. */
const rowBytes = 60_000;

/**
 * The rows in which a ledger keeps its selection. Lanes with the same set share a row. A row is the
 * lanes' text after its length, then the encoded ordinals.
 */
export function packSelected(lanes: Iterable<LaneOrdinals>): Buffer[] {
  const shared = new Map<IntegerSet, string[]>();
  for (const { lane, ordinals } of lanes) {
    const names = shared.get(ordinals);
    if (names === undefined) shared.set(ordinals, [lane]);
    else names.push(lane);
  }
  const rows: Buffer[] = [];
  for (const [ordinals, names] of shared) {
    const parts = splitOrdinals(ordinals);
    for (const text of splitNames(names)) {
      const head = Buffer.from(text);
      const length = Buffer.allocUnsafe(4);
      length.writeUInt32BE(head.length);
      for (const part of parts) rows.push(Buffer.concat([length, head, part]));
    }
  }
  return rows;
}

/**
 * Most ordinals between the first and the last of a row: memory has a bit for each. Assets have far
 * fewer partitions.
 */
const mostSpan = 2 ** 28;
/** Most lanes of a row that are read. */
const mostLanes = 10_000;

/**
 * Parses rows. A lane may be in several rows, with parts of its ordinals.
 *
 * @throws SubsetEncodingError, RangeError for a row of another form, or one with ordinals beyond
 *   any asset
 */
export function unpackSelected(rows: Iterable<Buffer>): LaneOrdinals[] {
  const lanes: LaneOrdinals[] = [];
  for (const row of rows) {
    const length = row.readUInt32BE(0);
    const ordinals = decodeIntegers(row.subarray(4 + length));
    const span = (maxInteger(ordinals) ?? 0) - (minInteger(ordinals) ?? 0);
    if (span >= mostSpan) throw new RangeError(`a row reaches over ${span} ordinals`);
    const names = row.toString("utf8", 4, 4 + length).split(" ");
    if (names.length > mostLanes) throw new RangeError(`a row has ${names.length} lanes`);
    for (const lane of names) lanes.push({ lane, ordinals });
  }
  return lanes;
}

function splitNames(names: readonly string[]): string[] {
  const texts: string[] = [];
  for (let first = 0; first < names.length; first += 1_000)
    texts.push(names.slice(first, first + 1_000).join(" "));
  return texts;
}

function splitOrdinals(ordinals: IntegerSet): Uint8Array[] {
  const bytes = encodeIntegers(ordinals);
  const count = countIntegers(ordinals);
  if (bytes.length <= rowBytes || count < 2) return [bytes];
  const half = firstIntegers(ordinals, Math.floor(count / 2));
  return [...splitOrdinals(half), ...splitOrdinals(subtractIntegers(ordinals, half))];
}
