import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** The promises that are due; the others come with what they are about. */
const due = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 21, 23].map((n) => `P${n}`);

/** The promises that the titles of a file's tests begin with: `test("P3, F5: …`, also of a table's test. */
function promisesIn(text: string): Set<string> {
  const titles = text.matchAll(
    /\btest[\w.]*(?:<[^;]*?>)?\((?:[^;]*?\)\()?\s*["'`]((?:[PF]\d+(?:, )?)+): /g,
  );
  return new Set(
    Array.from(titles, ([, names = ""]) => names.split(", "))
      .flat()
      .filter((name) => name.startsWith("P")),
  );
}

/** Promises and files, as the page lists them. */
function listed(): (readonly [promise: string, files: readonly string[]])[] {
  const page = readFileSync(join(root, "docs/reliability.md"), "utf8");
  const section = /\n## Tests that name a promise\n(.*?)\n## /s.exec(page)?.[1] ?? "";
  return Array.from(
    section.matchAll(/^\| (P\d+) \| (.*) \|$/gm),
    ([, promise = "", cell = ""]) =>
      [promise, Array.from(cell.matchAll(/`([^`]+)`/g), ([, file = ""]) => file)] as const,
  );
}

test("every promise that is due has tests whose titles name it, in the files that the page lists", () => {
  const rows = listed();
  expect(rows.map(([promise]) => promise)).toEqual(due);
  const untrue = rows.flatMap(([promise, files]) =>
    files.length === 0
      ? [`${promise} has no test`]
      : files
          .filter(
            (file) =>
              !existsSync(join(root, file)) ||
              !promisesIn(readFileSync(join(root, file), "utf8")).has(promise),
          )
          .map((file) => `no title in ${file} names ${promise}`),
  );
  expect(untrue).toEqual([]);
});

test("titles are read as they are written", () => {
  expect(promisesIn('test("P3, F5: a", ')).toEqual(new Set(["P3"]));
  expect(promisesIn('test.each(troubles)(\n  "P14: a Redis %s", ')).toEqual(new Set(["P14"]));
  expect(promisesIn('test.each(["a", "b"] as const)(\n  `P8, P9: of %s`, ')).toEqual(
    new Set(["P8", "P9"]),
  );
  expect(promisesIn('expect("P3: no title"); test("about P4", ')).toEqual(new Set());
});
