import { expect, test } from "vitest";
import { selectionOfWords } from "./selectionOfWords.ts";

test.each([
  [["raw", "grid"], "raw,grid"],
  [["raw,", "grid"], "raw,grid"],
  [["raw", ",", "+grid"], "raw,+grid"],
  [["raw", ",grid"], "raw,grid"],
  [["raw,grid"], "raw,grid"],
  // Not two words: the selection's own error says what is missing.
  [["raw,"], "raw,"],
  [["raw grid"], "raw grid"],
  [["a", "b,,c"], "a,b,,c"],
])("%j is the selection %j", (words, selection) => {
  expect(selectionOfWords(words)).toBe(selection);
});
