import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "rolldown/utils";
import { expect, test } from "vitest";

const packages = fileURLToPath(new URL("../../packages/", import.meta.url));
/** Tests and what they are made of, and a package's entries. */
const apart = /\.(test|testing|fixture|d)\.ts$|\/testing\/|\/src\/(index|inputs|testing)\.ts$/;
/** Endings of families of files, in which the noun before the ending tells the files apart. */
const families = /(Schemas|Answers|Errors|Look)\.ts$/;
/** Files with one function that are named for the idea that their types make up with it. */
const nounsOfTypes = ["planner/src/backfillRun/lostAtEnd.ts", "planner/src/window/jobWindow.ts"];

/** The names that a file exports: its functions and classes, and all. */
function exportsOf(path: string): { readonly calls: string[]; readonly all: string[] } {
  const calls: string[] = [];
  const all: string[] = [];
  for (const node of parseSync(path, readFileSync(path, "utf8")).program.body) {
    if (node.type !== "ExportNamedDeclaration") continue;
    const { declaration } = node;
    if (declaration === null) {
      for (const { exported } of node.specifiers)
        if (exported.type === "Identifier") all.push(exported.name);
    } else if (declaration.type === "VariableDeclaration") {
      for (const { id } of declaration.declarations)
        if (id.type === "Identifier") all.push(id.name);
    } else if ("id" in declaration && declaration.id?.type === "Identifier") {
      const { name } = declaration.id;
      all.push(name);
      const isCall = /^(Function|Class)Declaration$/.test(declaration.type);
      if (isCall && !name.endsWith("Error")) calls.push(name);
    }
  }
  return { calls, all };
}

test("a file with one function, one class or one export has its name", () => {
  const files = readdirSync(packages, { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => /^[a-z]+\/src\/.*\.ts$/.test(file) && !apart.test(file));
  expect(files.length).toBeGreaterThan(400);
  const misnamed = files.flatMap((file) => {
    if (families.test(file) || nounsOfTypes.includes(file)) return [];
    const { calls, all } = exportsOf(join(packages, file));
    const name = basename(file, ".ts").toLowerCase();
    const main = calls.length > 0 ? calls : all;
    return main.length !== 1 || all.some((one) => one.toLowerCase() === name)
      ? []
      : [`${file} exports ${main[0]}`];
  });
  expect(misnamed).toEqual([]);
});
