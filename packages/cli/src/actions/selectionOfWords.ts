/**
 * One asset selection of the words on a command line: `raw, grid` and `raw ,grid` are two assets as `raw,grid` and `raw grid`
 * are. A single word is left as it is, so that a name that is missing beside a comma is refused.
 */
export function selectionOfWords(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return words
    .map((word) => word.replace(/^,|,$/g, ""))
    .filter((word) => word !== "")
    .join(",");
}
