import { chunkOf } from "./keys.ts";

/** Ordinals of one lane by the chunk that holds them, in the order of each chunk's first ordinal. */
export function groupByChunk(ordinals: readonly number[]): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  for (const ordinal of ordinals) {
    const chunk = chunkOf(ordinal);
    const members = groups.get(chunk);
    if (members === undefined) groups.set(chunk, [ordinal]);
    else members.push(ordinal);
  }
  return groups;
}
