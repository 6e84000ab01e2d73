import { expect, test } from "vitest";
import { readEntries } from "../../thread/readEntries.mjs";
import { type EntryPage, SharedEntries } from "./sharedEntries.ts";

/** Entries, and what a reader finds that got each page in a message. */
function scene() {
  const pages: EntryPage[] = [];
  const entries = new SharedEntries((page) => pages.push(page));
  return { entries, pages, read: () => readEntries(pages) };
}

test("a reader finds each entry with its mark once it is written, and not after it is removed", () => {
  const { entries, read } = scene();
  const first = entries.add("first", 1);
  const second = entries.add("zweite, für später", 3);
  expect(read()).toEqual([
    { text: "first", mark: 1 },
    { text: "zweite, für später", mark: 3 },
  ]);
  first.mark(2);
  second.remove();
  expect(read()).toEqual([{ text: "first", mark: 2 }]);
});

test("a removed entry has no effect, even after its place is used again", () => {
  const { entries, read } = scene();
  const gone = entries.add("gone", 1);
  gone.remove();
  entries.add("there", 1);
  gone.mark(2);
  gone.remove();
  expect(read()).toEqual([{ text: "there", mark: 1 }]);
});

test("any number of entries of any length fits, and space is used again", () => {
  const { entries, pages, read } = scene();
  const texts = Array.from({ length: 500 }, (_, index) => `${index} ${"x".repeat(index * 20)}`);
  const open = texts.map((text) => entries.add(text, 1));
  expect(new Set(read().map(({ text }) => text))).toEqual(new Set(texts));
  const before = pages.length;
  for (const entry of open) entry.remove();
  for (const text of texts) entries.add(text, 1);
  expect(read()).toHaveLength(500);
  expect(pages).toHaveLength(before);
  expect(entries.pages).toEqual(pages);
});
