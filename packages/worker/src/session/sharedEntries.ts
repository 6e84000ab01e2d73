/** A number from 1, which the reader gets with the text. */
export type EntryMark = number;

/** Memory for 64 entries of equal size. The reader gets each page once, in a message. */
export interface EntryPage {
  readonly memory: SharedArrayBuffer;
  /** Size of an entry in bytes, including its head. */
  readonly entryBytes: number;
}

/** Entries of a page. `thread/heartbeat.mjs` reads pages and must use the same numbers. */
const pageEntries = 64;
/**
 * An entry begins with three 32-bit integers: its version, odd during a write; its mark, 0 for an
 * empty entry; its text's length in bytes.
 */
const headBytes = 12;
/**
 * Enough for the keys of one claim with names of usual length. Longer texts get pages with larger
 * entries.
 */
const leastEntryBytes = 1_024;

interface OpenPage extends EntryPage {
  readonly words: Int32Array;
  readonly bytes: Buffer;
  readonly free: number[];
}

/** An entry of `SharedEntries`, as its writer sees it. */
export class SharedEntry {
  readonly #page: OpenPage;
  readonly #index: number;
  #isThere = true;

  constructor(page: OpenPage, index: number) {
    this.#page = page;
    this.#index = index;
  }

  /** Changes the entry's mark. */
  mark(mark: EntryMark): void {
    if (this.#isThere) Atomics.store(this.#page.words, this.#markAt, mark);
  }

  /** Removes the entry. Safe to call again. */
  remove(): void {
    if (!this.#isThere) return;
    this.#isThere = false;
    Atomics.store(this.#page.words, this.#markAt, 0);
    this.#page.free.push(this.#index);
  }

  get #markAt(): number {
    return (this.#index * this.#page.entryBytes) / 4 + 1;
  }
}

/**
 * Short texts in memory that two threads share. One thread adds and removes them; the other may
 * read all of them at any time. An entry can be read as soon as `add` returns, without a message.
 */
export class SharedEntries {
  readonly #pages: OpenPage[] = [];
  readonly #onPage: (page: EntryPage) => void;
  #last: OpenPage | undefined;

  /** @param onPage sends a new page to the reader before its first entry is written */
  constructor(onPage: (page: EntryPage) => void) {
    this.#onPage = onPage;
  }

  /** All pages so far, for a reader that starts later. */
  get pages(): readonly EntryPage[] {
    return this.#pages.map(({ memory, entryBytes }) => ({ memory, entryBytes }));
  }

  add(text: string, mark: EntryMark): SharedEntry {
    const page = this.#pageFor(headBytes + Buffer.byteLength(text));
    const index = page.free.pop();
    if (index === undefined) throw new Error("Bug: a page without a free entry was taken");
    const { words, bytes } = page;
    const start = index * page.entryBytes;
    const [version, markAt, lengthAt] = [start / 4, start / 4 + 1, start / 4 + 2];
    Atomics.add(words, version, 1);
    Atomics.store(words, lengthAt, bytes.write(text, start + headBytes));
    Atomics.store(words, markAt, mark);
    Atomics.add(words, version, 1);
    return new SharedEntry(page, index);
  }

  #pageFor(neededBytes: number): OpenPage {
    const fits = ({ entryBytes, free }: OpenPage) => entryBytes >= neededBytes && free.length > 0;
    // The page of the last small entry has room for most, and there may be many pages.
    if (this.#last !== undefined && fits(this.#last)) return this.#last;
    const page = this.#pages.find(fits) ?? this.#newPage(neededBytes);
    // Small entries must not use up the pages of large ones.
    if (page.entryBytes === leastEntryBytes) this.#last = page;
    return page;
  }

  #newPage(neededBytes: number): OpenPage {
    let entryBytes = leastEntryBytes;
    while (entryBytes < neededBytes) entryBytes *= 2;
    const memory = new SharedArrayBuffer(entryBytes * pageEntries);
    const page: OpenPage = {
      ...{ memory, entryBytes },
      words: new Int32Array(memory),
      bytes: Buffer.from(memory),
      free: Array.from({ length: pageEntries }, (_, index) => pageEntries - 1 - index),
    };
    this.#pages.push(page);
    this.#onPage({ memory, entryBytes });
    return page;
  }
}
