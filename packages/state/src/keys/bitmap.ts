import {
  forEachRun,
  type IntegerSet,
  integersFromBits,
  unionAllIntegers,
} from "@infill/partitions";
import { chunkOrdinals } from "./keys.ts";

const chunkBytes = chunkOrdinals / 8;
const chunkWords = chunkOrdinals / 32;

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
  return ordinalsOfNeighbors(chunk, [stored]);
}

/** Like `ordinalsOfBitmap`, for chunks whose numbers follow each other. */
function ordinalsOfNeighbors(first: number, chunks: readonly Uint8Array[]): IntegerSet {
  const lastBytes = chunks.at(-1)?.subarray(0, chunkBytes).length ?? 0;
  const words = new Uint32Array((chunks.length - 1) * chunkWords + Math.ceil(lastBytes / 4));
  for (const [at, stored] of chunks.entries()) {
    const bytes = stored.subarray(0, chunkBytes);
    const whole = bytes.length >> 2;
    const from = at * chunkWords;
    for (let word = 0, byte = 0; word < whole; word++, byte += 4)
      words[from + word] =
        (reversed[bytes[byte] ?? 0] ?? 0) |
        ((reversed[bytes[byte + 1] ?? 0] ?? 0) << 8) |
        ((reversed[bytes[byte + 2] ?? 0] ?? 0) << 16) |
        ((reversed[bytes[byte + 3] ?? 0] ?? 0) << 24);
    for (let byte = whole * 4; byte < bytes.length; byte++)
      words[from + whole] =
        (words[from + whole] ?? 0) | ((reversed[bytes[byte] ?? 0] ?? 0) << ((byte & 3) * 8));
  }
  return integersFromBits(first * chunkOrdinals, words);
}

/**
 * The bits of the ordinals in one chunk, as a Redis bitmap that ends with the last set bit's byte.
 */
export function bitmapOfOrdinals(chunk: number, ordinals: IntegerSet): Buffer {
  const first = chunk * chunkOrdinals;
  const bytes = Buffer.alloc(chunkBytes);
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

/** Joins the chunks of one plane, each of which occurs once. */
export function ordinalsOfChunks(
  chunks: Iterable<readonly [chunk: number, bytes: Uint8Array]>,
): IntegerSet {
  const stretches: { readonly first: number; readonly chunks: Uint8Array[] }[] = [];
  for (const [chunk, bytes] of [...chunks].sort((a, b) => a[0] - b[0])) {
    const last = stretches.at(-1);
    if (last !== undefined && last.first + last.chunks.length === chunk) last.chunks.push(bytes);
    else stretches.push({ first: chunk, chunks: [bytes] });
  }
  return unionAllIntegers(
    stretches.map((stretch) => ordinalsOfNeighbors(stretch.first, stretch.chunks)),
  );
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
