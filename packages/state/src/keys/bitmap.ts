import {
  forEachRun,
  type IntegerSet,
  integersFromBits,
  noIntegers,
  unionIntegers,
} from "@infill/partitions";
import { chunkOrdinals } from "./keys.ts";

const reversed = Uint8Array.from({ length: 256 }, (_, byte) => {
  let result = 0;
  for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) result |= 128 >> bit;
  return result;
});

/**
 * The ordinals whose bits are set in one chunk of a Redis bitmap, where bit 0 is the highest bit of
 * byte 0.
 *
 * @param chunk the chunk's number
 * @param stored may be shorter than a chunk: the rest is zero. Bits beyond the chunk are ignored:
 *   Infill never writes them
 */
export function ordinalsOfBitmap(chunk: number, stored: Uint8Array): IntegerSet {
  const bytes = stored.subarray(0, chunkOrdinals / 8);
  const words = new Uint32Array(Math.ceil(bytes.length / 4));
  for (let index = 0; index < bytes.length; index++) {
    // Both index expressions stay inside their arrays.
    words[index >> 2] =
      (words[index >> 2] ?? 0) | ((reversed[bytes[index] ?? 0] ?? 0) << ((index & 3) * 8));
  }
  return integersFromBits(chunk * chunkOrdinals, words);
}

/**
 * The bits of the ordinals in one chunk, as a Redis bitmap that ends with the last set bit's byte.
 */
export function bitmapOfOrdinals(chunk: number, ordinals: IntegerSet): Buffer {
  const first = chunk * chunkOrdinals;
  const bytes = Buffer.alloc(chunkOrdinals / 8);
  let last = -1;
  forEachRun(ordinals, (start, end) => {
    const from = Math.max(0, start - first);
    const to = Math.min(chunkOrdinals, end - first);
    if (from >= to) return;
    for (let bit = from; bit < to; bit++) {
      if ((bit & 7) === 0 && bit + 8 <= to) {
        bytes[bit >> 3] = 255;
        bit += 7;
      } else {
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (128 >> (bit & 7));
      }
    }
    last = Math.max(last, (to - 1) >> 3);
  });
  return bytes.subarray(0, last + 1);
}

/** Joins the chunks of one plane. */
export function ordinalsOfChunks(
  chunks: Iterable<readonly [chunk: number, bytes: Uint8Array]>,
): IntegerSet {
  let parts: IntegerSet[] = [];
  for (const [chunk, bytes] of chunks) parts.push(ordinalsOfBitmap(chunk, bytes));
  // Joins in pairs, so that each of hundreds of chunks is copied only a few times.
  while (parts.length > 1) {
    const joined: IntegerSet[] = [];
    for (let index = 0; index < parts.length; index += 2) {
      joined.push(unionIntegers(parts[index] ?? noIntegers, parts[index + 1] ?? noIntegers));
    }
    parts = joined;
  }
  return parts[0] ?? noIntegers;
}

/** The numbers of the chunks that a set of ordinals touches, ascending. */
export function chunksOf(ordinals: IntegerSet): number[] {
  const chunks: number[] = [];
  forEachRun(ordinals, (start, end) => {
    const last = Math.floor((end - 1) / chunkOrdinals);
    for (
      let chunk = Math.max(Math.floor(start / chunkOrdinals), (chunks.at(-1) ?? -Infinity) + 1);
      chunk <= last;
      chunk++
    ) {
      chunks.push(chunk);
    }
  });
  return chunks;
}
