import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = new URL("../../", import.meta.url).pathname;

/** Every code that a source file of a package gives an error. */
function codesInSources(): string[] {
  const codes = new Set<string>();
  for (const name of readdirSync(join(root, "packages"))) {
    let files: string[] = [];
    try {
      files = readdirSync(join(root, "packages", name, "src"), {
        recursive: true,
        encoding: "utf8",
      });
    } catch {
      continue;
    }
    for (const file of files) {
      if (!file.endsWith(".ts") || file.includes(".test.")) continue;
      const text = readFileSync(join(root, "packages", name, "src", file), "utf8");
      for (const [, code] of text.matchAll(/(?:\bcode(?: =|:)|^ {2}\|) "(INFILL_[A-Z_]+)"/gm))
        codes.add(code ?? "");
    }
  }
  return [...codes].sort();
}

test("the page of errors lists every code in the sources, and no other", () => {
  const page = readFileSync(join(root, "docs", "reference", "errors.md"), "utf8");
  const listed = Array.from(page.matchAll(/^\| `(INFILL_[A-Z_]+)`/gm), ([, code]) => code ?? "");
  expect(listed.toSorted()).toEqual(codesInSources());
});
