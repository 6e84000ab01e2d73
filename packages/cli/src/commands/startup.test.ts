import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** Packages that a file imports before anything of it runs, in all the files that it imports so. */
function packagesLoadedBy(file: URL, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>();
  if (seen.has(file.href)) return packages;
  seen.add(file.href);
  const text = readFileSync(file, "utf8");
  const imports = text.matchAll(/^(?:import|export) (?!type )(?:[^;]*? from )?"([^"]+)";/gms);
  for (const [, specifier = ""] of imports) {
    if (!specifier.startsWith(".")) packages.add(specifier);
    else for (const found of packagesLoadedBy(new URL(specifier, file), seen)) packages.add(found);
  }
  return packages;
}

test.each(["client", "doctor", "worker"])("ranges of %s come without a client of Redis", (name) => {
  const inputs = new URL(`../../../${name}/src/inputs.ts`, import.meta.url);
  expect([...packagesLoadedBy(inputs)].toSorted()).toEqual(["@infill/core", "zod"]);
});

test("help waits for nothing but the parser of arguments and colors", () => {
  const packages = packagesLoadedBy(new URL("../index.ts", import.meta.url));
  expect([...packages].filter((name) => !name.startsWith("node:")).toSorted()).toEqual([
    "commander",
    "picocolors",
  ]);
});
