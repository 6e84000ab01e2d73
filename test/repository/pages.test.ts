import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), "utf8");

/** Words in lower case with single spaces between them: `planHash`, `plan-hash` and a line's end between the two become `plan hash`. */
function wordsOf(text: string): string {
  const words = text.replaceAll(/([a-z\d])([A-Z])/g, "$1 $2").match(/[A-Za-z\d]+/g) ?? [];
  return ` ${words.join(" ").toLowerCase()}`;
}

/** The words of all packages, comments included; without tests. */
function wordsOfSources(): string {
  const texts: string[] = [];
  for (const name of readdirSync(join(root, "packages"))) {
    for (const part of ["src", "lua", "thread"]) {
      const folder = join(root, "packages", name, part);
      if (!existsSync(folder)) continue;
      for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
        if (!/\.(ts|lua|mjs)$/.test(file) || /\.(test|testing)\.ts$/.test(file)) continue;
        texts.push(wordsOf(readFileSync(join(folder, file), "utf8")));
      }
    }
  }
  return texts.join("\n");
}

/** The terms in the first column of a page's tables. */
function termsIn(page: string): string[] {
  return Array.from(page.matchAll(/^\| ([^|]+?) \|/gm), ([, cell = ""]) => cell)
    .filter((cell) => cell !== "word" && !/^-+$/.test(cell))
    .flatMap((cell) => cell.split(", "));
}

/** The terms that no source uses; a term may go on, as `claim` does in `claims`. */
function unusedTerms(page: string, sources: string): string[] {
  return termsIn(page).filter(
    (term) => term.trim() === "" || !sources.includes(wordsOf(term).trimEnd()),
  );
}

const sources = wordsOfSources();

test("every term of the glossary occurs in the sources of the packages", () => {
  const page = read("docs/glossary.md");
  expect(termsIn(page).length).toBeGreaterThan(80);
  expect(unusedTerms(page, sources)).toEqual([]);
});

test("the glossary has one row a term", () => {
  const terms = termsIn(read("docs/glossary.md"));
  expect(terms.filter((term, at) => terms.indexOf(term) !== at)).toEqual([]);
});

test("a term that the code does not know is noticed, also as one of two in a row", () => {
  const page = ["| word | what it is |", "|---|---|", "| claim, flurb | x |", "| plan zorb | y |"];
  expect(unusedTerms(page.join("\n"), sources)).toEqual(["flurb", "plan zorb"]);
});
