import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly files?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8"));
/** The folders of the packages that users install. */
const published = readdirSync(join(root, "packages"))
  .filter((folder) => manifestOf(folder).private !== true)
  .sort();
/** Modules whose types are in a package of their own. */
const typesElsewhere = new Map([["luxon", "@types/luxon"]]);

/** The packages that the sources of a folder import, types included; not what only its tests import. */
function importedBy(folder: string): ReadonlySet<string> {
  const imported = new Set<string>();
  const source = join(root, "packages", folder, "src");
  for (const file of readdirSync(source, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".ts") || /\.(test|testing)\.ts$|(^|[\\/])testing([\\/]|\.ts$)/.test(file))
      continue;
    const written = readFileSync(join(source, file), "utf8");
    // Examples in comments and the projects that templates hold are not imports.
    const text = written.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*|`[^`]*`/g, "");
    const statements = /^(?:import|export)\b[^"';]*?from "([^".][^"]*)"|^import "([^".][^"]*)"/gm;
    const calls = /\b(?:import|require)\("([^".][^"]*)"\)/g;
    for (const match of [...text.matchAll(statements), ...text.matchAll(calls)]) {
      const module = match[1] ?? match[2] ?? "";
      if (module.startsWith("node:")) continue;
      imported.add(
        module
          .split("/")
          .slice(0, module.startsWith("@") ? 2 : 1)
          .join("/"),
      );
    }
  }
  return imported;
}

describe.each(published)("packages/%s", (folder) => {
  const { name, dependencies = {}, files = [] } = manifestOf(folder);

  test("declares what its sources import, and the types of it", () => {
    const needed = [...importedBy(folder)].flatMap((module) => {
      const types = typesElsewhere.get(module);
      return types === undefined ? [module] : [module, types];
    });
    const undeclared = needed.filter((module) => module !== name && !(module in dependencies));
    expect(undeclared).toEqual([]);
  });

  test("carries the license, a README and no build files", () => {
    const license = readFileSync(join(root, "packages", folder, "LICENSE"), "utf8");
    expect(license).toBe(readFileSync(join(root, "LICENSE"), "utf8"));
    expect(readFileSync(join(root, "packages", folder, "README.md"), "utf8")).not.toBe("");
    expect(files).toEqual(
      expect.arrayContaining([
        "!dist/**/*.tsbuildinfo",
        "!dist/**/*.d.ts.map",
        "!dist/**/*.test.*",
      ]),
    );
  });
});

test("ten packages are published", () => {
  expect(published).toEqual([
    ...["cli", "client", "core", "doctor", "infill", "partitions", "planner", "planning", "state"],
    "worker",
  ]);
});
