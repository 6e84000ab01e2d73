import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
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

/** A path of the repository, from its root: the first folder is one of ours. */
const path = /^(?:packages|test|docs|scripts|examples|infra)\/[\w./-]+$/;

/**
 * The paths that a page names, from the root: in backticks, in its indented commands, and as targets of links. A bare
 * `name.ts` in backticks is a neighbor of the path before it; `x.ts` stands for any file.
 *
 * @param file of the page, from the root
 */
function pathsIn(page: string, file: string): string[] {
  const named: string[] = [];
  for (const [, quoted, target] of page.matchAll(/`([^`\n]+)`|\]\(([^)#\s]+)[^)]*\)/g)) {
    const before = named.at(-1);
    if (target !== undefined && !/^\w+:/.test(target))
      named.push(normalize(join(dirname(file), target)));
    else if (quoted !== undefined && path.test(quoted)) named.push(quoted);
    else if (
      quoted !== undefined &&
      /^(?!x\.)[\w.-]+\.(ts|lua|mjs)$/.test(quoted) &&
      before !== undefined
    )
      named.push(join(dirname(before), quoted));
  }
  const commands = page.matchAll(/^ {4}\S.*$/gm);
  for (const [line] of commands)
    for (const word of line.split(" ")) if (path.test(word)) named.push(word);
  return named;
}

const missingIn = (page: string, file: string): string[] =>
  pathsIn(page, file).filter((named) => !existsSync(join(root, named)));

const recipes = readdirSync(join(root, "docs/contributing"));

test.each([
  ...recipes.map((name) => `docs/contributing/${name}`),
  "docs/design/one-partition.md",
  "docs/adr/0030-libraries-and-own-code.md",
  "CONTRIBUTING.md",
])("every path that %s names exists", (file) => {
  const page = read(file);
  expect(pathsIn(page, file).length).toBeGreaterThan(5);
  expect(missingIn(page, file)).toEqual([]);
});

test("a path that does not exist is noticed in backticks, beside another one, in a link and in a command", () => {
  const page = [
    "`docs/glossary.md`, `docs/nothing.md`, `nothing.ts`, `@infill/core`, `name.thing`",
    "[a](../glossary.md#words) [b](../nowhere.md) [c](https://example.com/nothing.md)",
    "    npx vitest run --project unit packages/nothing/src",
  ];
  expect(missingIn(page.join("\n"), "docs/design/page.md")).toEqual([
    "docs/nothing.md",
    "docs/nothing.ts",
    "docs/nowhere.md",
    "packages/nothing/src",
  ]);
});

test("the page for contributors links every recipe", () => {
  const page = read("CONTRIBUTING.md");
  expect(recipes.length).toBeGreaterThanOrEqual(5);
  expect(recipes.filter((name) => !page.includes(`(docs/contributing/${name})`))).toEqual([]);
});

test("one partition reaches its settled bit in at most twelve steps, each with one file", () => {
  const page = read("docs/design/one-partition.md");
  const steps = Array.from(page.matchAll(/^\| (\d+) \| \[([^\]]+)\]\(([^)]+)\) \|/gm));
  expect(steps.map(([, number]) => Number(number))).toEqual(steps.map((_, at) => at + 1));
  expect(steps.length).toBeLessThanOrEqual(12);
  expect(steps.length).toBeGreaterThan(8);
  expect(steps.filter(([, , name = "", target = ""]) => !target.endsWith(`/${name}`))).toEqual([]);
});
