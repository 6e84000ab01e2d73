/** Reads the entries of `src/session/sharedEntries.ts`, which documents the layout of a page. */

const pageEntries = 64;
const headBytes = 12;

/**
 * All entries of the pages, each one consistent.
 *
 * @param {readonly import("../src/session/sharedEntries.ts").EntryPage[]} pages
 * @returns {{ text: string, mark: number }[]}
 */
export function readEntries(pages) {
  const found = [];
  for (const { memory, entryBytes } of pages) {
    const words = new Int32Array(memory);
    for (let start = 0; start < pageEntries * entryBytes; start += entryBytes) {
      const entry = readEntry(words, memory, start);
      if (entry !== undefined) found.push(entry);
    }
  }
  return found;
}

function readEntry(words, memory, start) {
  const at = start / 4;
  for (;;) {
    const version = Atomics.load(words, at);
    const mark = Atomics.load(words, at + 1);
    if (mark === 0 && version % 2 === 0) return undefined;
    // Being written, which takes a microsecond.
    if (version % 2 !== 0) continue;
    const length = Atomics.load(words, at + 2);
    const text = Buffer.from(memory, start + headBytes, length).toString();
    if (Atomics.load(words, at) === version) return { text, mark };
  }
}
