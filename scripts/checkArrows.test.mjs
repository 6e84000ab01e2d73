import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { brokenArrows, importsOf } from "./checkArrows.mjs";

/**
 * The broken arrows of a checkout with these files.
 *
 * @param {Record<string, string>} files
 */
function brokenIn(files) {
  const root = mkdtempSync(join(tmpdir(), "infill-arrows-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const manifests = {
    "packages/partitions/package.json": manifest("@infill/partitions"),
    "packages/core/package.json": manifest("@infill/core", ["@infill/partitions"]),
    "packages/state/package.json": manifest("@infill/state", ["@infill/core"]),
  };
  for (const [path, text] of Object.entries({ ...manifests, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return brokenArrows(root);
}

/**
 * @param {string} name
 * @param {readonly string[]} dependencies
 */
function manifest(name, dependencies = []) {
  const entries = dependencies.map((dependency) => [dependency, "0.1.0"]);
  const devDependencies = { "@infill/test-support": "0.1.0" };
  return JSON.stringify({ name, dependencies: Object.fromEntries(entries), devDependencies });
}

test("no arrow is broken in this checkout", () => {
  expect(brokenArrows(fileURLToPath(new URL("..", import.meta.url)))).toEqual([]);
});

test("what follows the arrows is allowed", () => {
  const broken = brokenIn({
    "packages/core/src/asset.ts": `
      // import { startBackfill } from "@infill/planner";
      import { daily } from "@infill/partitions";
      import { inputs } from "@infill/partitions/inputs";
      import { z } from "zod";
      import { name } from "./names.ts";
      export const text = 'import "@infill/state"';`,
    "packages/core/src/testing.ts": `export * from "@infill/partitions/testing";`,
    "packages/core/src/asset.test.ts": `
      import { readFileSync } from "node:fs";
      import { startRedis } from "@infill/test-support";
      const page = new URL("../../../docs/reference/errors.md", import.meta.url);`,
  });
  expect(broken).toEqual([]);
});

test.each([
  ["an arrow upward", "packages/partitions", `import { asset } from "@infill/core";`, /no arrow/],
  [
    "an arrow upward for a type",
    "packages/core",
    `import type { A } from "@infill/state";`,
    /no arrow/,
  ],
  ["an arrow upward in a type", "packages/core", `let a: import("@infill/state").A;`, /no arrow/],
  ["a re-export", "packages/core", `export * from "infill";`, /no arrow/],
  ["an import in mid-flow", "packages/core", `await import("@infill/worker");`, /no arrow/],
  ["a require", "packages/core", `require("@infill/worker");`, /no arrow/],
  [
    "a deep path",
    "packages/core",
    `import "@infill/partitions/dist/index.js";`,
    /through its index/,
  ],
  ["a relative path", "packages/core", `import "../../partitions/src/index.ts";`, /relative path/],
  [
    "a file of another package",
    "packages/core",
    `new URL("../../state/lua/a.lua", import.meta.url);`,
    /relative path/,
  ],
  ["itself by name", "packages/core", `import "@infill/core";`, /own files/],
  ["I/O in a pure package", "packages/partitions", `import "node:fs";`, /pure/],
  ["Redis in a pure package", "packages/core", `import { Redis } from "ioredis";`, /pure/],
  ["BullMQ in a pure package", "packages/core", `import { Queue } from "bullmq";`, /pure/],
  [
    "test support outside of tests",
    "packages/state",
    `import "@infill/test-support";`,
    /for tests/,
  ],
  ["an undeclared package", "packages/state", `import "@infill/partitions";`, /not a dependency/],
])("%s is refused, with file and line", (_what, directory, text, reason) => {
  const broken = brokenIn({ [`${directory}/src/broken.ts`]: `\n${text}\n` });
  expect(broken).toHaveLength(1);
  expect(broken[0]).toMatch(new RegExp(`^${directory}/src/broken\\.ts:2: .*${reason.source}`));
});

test("a folder imports from lower ones only; tests and what stands in no folder from all", () => {
  const [keys, ledger] = ["packages/state/src/keys/keys.ts", "packages/state/src/ledger/ledger.ts"];
  const broken = brokenIn({
    [keys]: `import type { Ledger } from "../ledger/ledger.ts";`,
    [ledger]: `export { parse } from "../redis/parse.ts";`,
    "packages/state/src/redis/parse.ts": `export const parse = 1;`,
    "packages/state/src/keys/keys.test.ts": `import "../ledger/ledger.ts";`,
    "packages/state/src/unplaced/one.ts": `import "../redis/parse.ts";`,
    "packages/state/src/index.ts": `export * from "./ledger/ledger.ts";`,
  });
  expect(broken).toEqual([
    `${keys}:1: "../ledger/ledger.ts": keys/ is not above ledger/ (scripts/arrows.mjs, folders)`,
    `packages/state/src/unplaced/one.ts:1: "../redis/parse.ts": unplaced/ is not above redis/ (scripts/arrows.mjs, folders)`,
  ]);
});

test("a circle of files is refused, of types too", () => {
  const [a, b] = ["packages/core/src/assets/a.ts", "packages/core/src/assets/b.ts"];
  const broken = brokenIn({
    [a]: `import type { B } from "./b.ts";`,
    [b]: `import type { A } from "./a.ts";`,
  });
  expect(broken).toEqual([`a circle of imports: ${a} > ${b} > ${a}`]);
});

test("a dependency without an arrow is refused in package.json", () => {
  const broken = brokenIn({
    "packages/core/package.json": manifest("@infill/core", ["@infill/partitions", "@infill/state"]),
  });
  expect(broken).toEqual([
    "packages/core/package.json: there is no arrow from packages/core to @infill/state",
  ]);
});

test("the dashboard has types of the server and nothing else", () => {
  const broken = brokenIn({
    "packages/dashboard/package.json": manifest("@infill/dashboard", ["@infill/server"]),
    "packages/dashboard/src/page.tsx": `
      import type { Asset } from "@infill/server";
      import { routes } from "@infill/server";
      export const page = <main>{routes}</main>;`,
  });
  expect(broken).toEqual([
    'packages/dashboard/src/page.tsx:3: "@infill/server": there is no arrow from packages/dashboard to @infill/server',
  ]);
});

test("a package that nobody placed is refused", () => {
  expect(brokenIn({ "packages/extra/package.json": manifest("@infill/extra") })).toEqual([
    "packages/extra: has no layer; give it one in scripts/arrows.mjs",
  ]);
});

test("every way of importing is seen", () => {
  const text = `import a, { b } from "a"; export { c } from "c"; import d = require("d");
    vi.mock("e"); import.meta.resolve("f"); type G = typeof import("g");
    path.resolve("not"); new URL("not/relative", base);`;
  expect(importsOf(text, "x.ts").map(({ path }) => path)).toEqual(["a", "c", "d", "e", "f", "g"]);
});
